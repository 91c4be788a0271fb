/** What a host asks a person on behalf of a provider. `undefined` and `false` mean that they declined, or that nobody is there. */
export interface Prompts {
  /** Something secret, typed unseen. */
  secret(question: SecretQuestion, signal: AbortSignal): Promise<string | undefined>;
  /** A decision that needs a clear yes, such as a host key that is seen for the first time. */
  confirm(question: ConfirmQuestion, signal: AbortSignal): Promise<boolean>;
  /**
   * Shows a page that the person is to open in a browser, and comes back once they were shown it, or `false` where they declined or nobody
   * is there. What happens on the page is for the caller to find out.
   */
  visit(page: PageToVisit, signal: AbortSignal): Promise<boolean>;
  /** One of several: its `value`. */
  choose(question: ChooseQuestion, signal: AbortSignal): Promise<string | undefined>;
}

export interface PageToVisit {
  /** One sentence: what the page is for. */
  readonly message: string;
  /** `https:`, and for tests `http:` on this computer. */
  readonly url: string;
  /** Shown on the page too: the person compares, so that nobody else's page is taken for it. */
  readonly code: string;
}

export interface SecretQuestion {
  readonly title: string;
  /** One sentence: what is asked for and why. */
  readonly message: string;
  /** What was wrong with the last answer. */
  readonly problem?: string;
  /** Whether what is typed is shown, as for a user name that a server asks for. */
  readonly visible?: boolean;
  /** Where given, the person may have the answer kept under this name in the secret storage; it is then not asked again. */
  readonly keepAs?: string;
}

export interface ConfirmQuestion {
  readonly message: string;
  /** More lines, such as a fingerprint. */
  readonly detail: string;
  /** The button that says yes. */
  readonly yes: string;
}

export interface ChooseQuestion {
  readonly title: string;
  /** One sentence: what is chosen and why. */
  readonly message: string;
  readonly choices: readonly Choice[];
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly detail?: string;
}

/** Secrets that a person chose to have kept: the editor's secret storage; the CLI has none. */
export interface SecretStore {
  get(key: string): Promise<string | undefined>;
  delete(key: string): Promise<void>;
}
