/** Keys for `when` clauses and walkthrough steps in package.json. */
export const contextKeys = {
  /** Whether the workspace has a job file: decides the one next step in the empty Jobs view. */
  hasJobFiles: 'trainyard.hasJobFiles',
  /** A job was submitted from this window. */
  submitted: 'trainyard.submitted',
  /** A job's panel was opened in this window. */
  opened: 'trainyard.opened',
  /** The panel of a failed job was in front in this window. */
  sawFailure: 'trainyard.sawFailure',
} as const;
