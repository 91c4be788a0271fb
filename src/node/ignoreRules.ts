import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { isSystemError } from './files';

/** One file of patterns and the folder, absolute, that they start from. */
interface RuleFile {
  readonly base: string;
  readonly rules: Ignore;
}

/**
 * Which files of a folder stay behind, by the rules that SkyPilot's rsync keeps and with git's meaning of each pattern: where
 * the folder has a `.skyignore`, those files decide, in it and below; otherwise `.gitignore` files do, with those of
 * the repository above and its `.git/info/exclude`. Later and deeper files win.
 */
export class IgnoreRules {
  private constructor(
    private readonly fileName: string,
    private readonly files: readonly RuleFile[],
  ) {}

  static async of(root: string): Promise<IgnoreRules> {
    if (await exists(join(root, '.skyignore'))) return new IgnoreRules('.skyignore', []);
    const above = await rulesAbove(root);
    const rules = new IgnoreRules('.gitignore', above);
    // A folder that its own repository ignores is still what the user asked for.
    const ownPath = relative(dirname(root), root);
    if (above.length > 0 && rules.ignores(dirname(root), ownPath, true))
      return new IgnoreRules('.gitignore', []);
    return rules;
  }

  /** The rules that hold in `folder`, which has the files `names`. */
  async enter(folder: string, names: readonly string[]): Promise<IgnoreRules> {
    if (!names.includes(this.fileName)) return this;
    const own = await ruleFile(join(folder, this.fileName), folder);
    return own ? new IgnoreRules(this.fileName, [...this.files, own]) : this;
  }

  /** Whether the entry `name` of `folder` stays behind. */
  ignores(folder: string, name: string, isFolder: boolean): boolean {
    if (this.files.length === 0) return false;
    const path = join(folder, name);
    for (let index = this.files.length - 1; index >= 0; index -= 1) {
      const file = this.files[index];
      if (!file) continue;
      const way = relative(file.base, path).split(sep).join('/');
      // Rules say nothing of the folder that they stand in.
      if (way === '') continue;
      const { ignored, unignored } = file.rules.test(isFolder ? `${way}/` : way);
      if (ignored || unignored) return ignored;
    }
    return false;
  }
}

/** Pattern files are text that a person wrote; a larger one is something else. */
const longestRuleFile = 4 << 20;

async function ruleFile(path: string, base: string): Promise<RuleFile | undefined> {
  try {
    if ((await stat(path)).size > longestRuleFile) return undefined;
    const text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
    return { base, rules: ignore({ ignorecase: process.platform !== 'linux' }).add(text) };
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'EISDIR', 'EACCES')) return undefined;
    throw error;
  }
}

/** `.git/info/exclude` and the `.gitignore` files between the repository's root and `root`, which is left out. */
async function rulesAbove(root: string): Promise<readonly RuleFile[]> {
  const folders: string[] = [];
  let repository: string | undefined;
  for (let folder = root; ; folder = dirname(folder)) {
    if (await exists(join(folder, '.git'))) {
      repository = folder;
      break;
    }
    if (dirname(folder) === folder) return [];
    folders.unshift(dirname(folder));
  }
  const found = [
    await ruleFile(join(await gitFolder(repository), 'info', 'exclude'), repository),
    ...(await Promise.all(folders.map((folder) => ruleFile(join(folder, '.gitignore'), folder)))),
  ];
  return found.filter((file) => file !== undefined);
}

/** Where the repository keeps what its work trees share: for a work tree or a submodule `.git` is a file that says where. */
async function gitFolder(repository: string): Promise<string> {
  const git = join(repository, '.git');
  const text = await readFile(git, 'utf8').catch(() => '');
  const own = /^gitdir: (.+)$/m.exec(text)?.[1];
  if (!own) return git;
  const folder = resolve(repository, own.trim());
  const common = await readFile(join(folder, 'commondir'), 'utf8').catch(() => '.');
  return resolve(folder, common.trim());
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
