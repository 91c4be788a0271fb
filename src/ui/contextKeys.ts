/** Keys for `when` clauses and walkthrough steps in package.json. */
export const contextKeys = {
  /** The one next step that the empty Jobs view offers: `submit` or `newFile`; absent until it is known. */
  nextStep: 'trainyard.nextStep',
  /** What the empty Machines view says: `looking`, `launch` or `add`; absent until it is known. */
  machinesWelcome: 'trainyard.machinesWelcome',
  /** A job was submitted from this window. */
  submitted: 'trainyard.submitted',
  /** A job's panel was opened in this window. */
  opened: 'trainyard.opened',
  /** The panel of a failed job was in front in this window. */
  sawFailure: 'trainyard.sawFailure',
} as const;
