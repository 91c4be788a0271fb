/** One line of a view, as a pure function gives it. `treeItem` makes it the editor's. */
export interface Row {
  /** Stable over refreshes, so that selection and expansion stay. */
  readonly id: string;
  readonly label: string;
  /** What `label` is short for, for those who hear it; absent where that is all. */
  readonly name?: string;
  readonly description?: string;
  readonly icon?: RowIcon;
  readonly tooltip?: Tooltip;
  /** A noun with ability tags, such as `trainingJob stoppable`. Menus test the tags. */
  readonly contextValue?: string;
  readonly children?: 'collapsed' | 'expanded';
  /** What a click does. */
  readonly command?: { readonly command: string; readonly title: string; readonly arguments: unknown[] };
}

export interface RowIcon {
  /** Codicon; its shape alone tells the state, for those who see no colours. */
  readonly id: string;
  /** Theme colour, such as `charts.green`. */
  readonly color?: string;
}

export interface Tooltip {
  readonly title: string;
  /** Plain text: escaped when shown. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly links?: readonly {
    readonly title: string;
    readonly command: string;
    readonly arguments: unknown[];
  }[];
}
