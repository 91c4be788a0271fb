import type { Disposable } from '../lib/disposables';
import type { Event } from '../lib/event';
import type { SpendApproval } from './costGuard';
import type { IdleFact, IdleShutdown } from './idleShutdown';
import type { Machine } from './machine';
import type { Offer } from './provider';

export type InstanceState = 'unknown' | 'stopped' | 'starting' | 'running' | 'stopping';

/** A machine that a person can attach to, as its platform describes it. */
export interface Instance {
  /** Unique over all connections and stable, such as `ssh/gpu-1`. */
  readonly id: string;
  readonly label: string;
  /** `unknown` where no platform tells, as for a plain SSH host that is not attached. */
  readonly state: InstanceState;
  /** USD per hour while it runs; `null` when it is not known, which is never the same as free. */
  readonly hourlyUsd: number | null;
  /** ISO date of that price; absent where it is not known. */
  readonly pricesAsOf?: string;
  /** Whether it is a spot instance, which the platform may take away; absent: no. */
  readonly spot?: boolean;
  /** Since when it runs, and is paid for. Unix milliseconds; absent where it does not run, or nobody knows. */
  readonly runningSince?: number;
  /** USD per hour of what is still paid for while it is stopped, as its disks. Absent where that is not known. */
  readonly stoppedHourlyUsd?: number;
  /** Such as `g5.xlarge · 1×A10G`. */
  readonly hardware?: string;
  /** What `power` can do with it now; absent: nothing. */
  readonly power?: 'start' | 'stop';
  /** What stops it when nobody uses it, as its platform tells; absent where `idleShutdown` has nothing for it. */
  readonly idle?: IdleFact;
  /** Whether `page` has one for it now. */
  readonly hasPage?: boolean;
  /** `false` where no connection leads there now, as to one that is stopped or has a web page and nothing else. */
  readonly attachable?: boolean;
  /** What else there is to know, for the tooltip: address, user, where it comes from. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** The name under which the editor itself can open a window there, such as `ssh-remote+gpu-1`; absent where it can't. */
  readonly remoteAuthority?: string;
  /** Absolute path of the file that says how it is reached, for a person to mend it. */
  readonly source?: string;
  /** Whether Trainyard's own list has it, so that it can be taken out again. */
  readonly removable: boolean;
}

/** The machines of a connection. */
export interface Instances {
  /** Cached where asking takes the network. */
  list(signal: AbortSignal): Promise<readonly Instance[]>;
  readonly onDidChange: Event<void>;
  /** What was told so far is too old for who looks now: the next `list` asks the platform. Absent where it always does. */
  expire?(): void;
  /** The way to an instance; the same object each time. Throws `ProviderError` of kind `notFound`. */
  machine(id: string): Machine;
  /** Takes a `removable` one out of the list; the machine itself is left alone. */
  remove(id: string, signal: AbortSignal): Promise<void>;
  /** Present where the platform can start and stop them. */
  readonly power?: InstancePower;
  /** Present where instances with an `idle` may be listed. */
  readonly idleShutdown?: IdleShutdown;
  /** Present where new ones can be made. */
  readonly launching?: InstanceLaunching;
  /** Address of the web page that the platform gives an instance, made for this one visit: it is opened, and never shown or logged. */
  page?(id: string, signal: AbortSignal): Promise<string>;
  /** Until it is disposed of, the platform is asked every now and then, as somebody looks. Absent where changes are told anyway. */
  watch?(): Disposable;
  /** What of the platform could not be asked at the last `list`, which then gave what was known before. */
  readonly troubles?: readonly Error[];
}

/** What an instance can be launched from, made by the platform's own means. */
export interface LaunchTemplate {
  readonly id: string;
  readonly label: string;
  readonly detail: string;
}

/** What is chosen of an instance that is launched without a template. */
export type LaunchSetting = 'type' | 'market' | 'image' | 'disk' | 'key' | 'network' | 'firewall';

/** In the platform's own words, as its questions have them. */
export type LaunchSettings = Readonly<Partial<Record<LaunchSetting, string>>>;

export interface LaunchQuestion {
  readonly setting: LaunchSetting;
  /** Such as `Which type?` */
  readonly question: string;
  /** At least one. The first is what is taken where nobody chooses. */
  readonly choices: readonly LaunchChoice[];
}

export interface LaunchChoice {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

/** What an instance is made from. */
export type LaunchSource = { readonly template: string } | { readonly settings: LaunchSettings };

export interface InstanceLaunch {
  readonly source: LaunchSource;
  /** What the instance is called. */
  readonly name: string;
  /** After so many hours it powers itself off, whether used or not, from its first start on; `null`: never by itself. */
  readonly maxHours: number | null;
}

/** Making new instances. */
export interface InstanceLaunching {
  templates(signal: AbortSignal): Promise<readonly LaunchTemplate[]>;
  /**
   * What there is to choose from without a template, with the answers so far: the type alone while there is none, and else everything.
   * Makes nothing. Absent where there is no way without a template.
   */
  questions?(chosen: LaunchSettings, signal: AbortSignal): Promise<readonly LaunchQuestion[]>;
  /** What it would cost, and what is worth knowing. Launches nothing. */
  offer(launch: InstanceLaunch, signal: AbortSignal): Promise<Offer>;
  /**
   * Gives the new instance's id once the platform says that it runs. One that was cut off and is asked for again, by the same name from the
   * same source, goes on where it was: it makes no second one. Two that are asked for at once are two.
   */
  launch(
    approval: SpendApproval<InstanceLaunch>,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<string>;
}

/** What a platform does to an instance that powers itself off: `stop` ends the bill for the machine, `terminate` deletes it as well. */
export type PowerOff = 'stop' | 'terminate';

export interface InstanceStart {
  /** Id of the instance. */
  readonly instance: string;
}

/** Starting and stopping. Each is done when the platform says so, and throws `ProviderError` with its reason where it does not. */
export interface InstancePower {
  /** What it would cost. Starts nothing. */
  offer(id: string, signal: AbortSignal): Promise<Offer>;
  /** `onProgress` is told each change, as one word or a few. One that runs already is left as it is. */
  start(
    approval: SpendApproval<InstanceStart>,
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Once the platform took the request it goes on, also where `signal` is aborted. One that is stopped already is left as it is. */
  stop(id: string, onProgress: (message: string) => void, signal: AbortSignal): Promise<void>;
  /** As the platform says; `undefined` where it does not say. Absent where no instance can power itself off. */
  poweredOff?(id: string, signal: AbortSignal): Promise<PowerOff | undefined>;
}
