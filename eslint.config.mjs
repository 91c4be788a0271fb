import tseslint from 'typescript-eslint';

/** Which folder under `src/` may import which (CONTRIBUTING.md, "Layers"). A layer may always import itself. */
const layers = {
  lib: { imports: [], vscode: false, node: false, packages: [] },
  core: { imports: ['lib'], vscode: false, node: false, packages: ['zod', 'yaml'] },
  protocol: { imports: ['core'], vscode: false, node: false, packages: ['vscode-messenger-common'] },
  node: { imports: ['core', 'lib'], vscode: false, node: true, packages: ['ignore', 'tar'] },
  services: { imports: ['core', 'lib', 'node'], vscode: false, node: true, packages: [] },
  providers: {
    imports: ['core', 'lib', 'node', 'remote'],
    vscode: false,
    node: true,
    packages: ['ssh2', '@aws-sdk', '@smithy'],
  },
  ui: {
    imports: ['core', 'services', 'protocol', 'lib'],
    vscode: true,
    node: false,
    packages: ['vscode-messenger'],
  },
  cli: { imports: ['core', 'services', 'lib'], vscode: false, node: true, packages: [] },
};
const all = [...Object.keys(layers), 'remote'];

/** `import … from`, `import()` and `import('…').Type` are held to one pattern; ESLint's own rule sees only the first. */
function forbid(files, pattern, message) {
  const value = `=/${pattern.replaceAll('/', '\\/')}/`;
  return {
    files,
    rules: {
      'no-restricted-imports': ['error', { patterns: [{ regex: pattern, message }] }],
      'no-restricted-syntax': [
        'error',
        { selector: `ImportExpression[source.value${value}]`, message },
        {
          selector: `TSImportType[argument.literal.value${value}], TSImportType[source.value${value}]`,
          message,
        },
        {
          selector: 'ImportExpression[source.type!="Literal"]',
          message:
            'Say in quotes what is imported, so that its layer can be seen (CONTRIBUTING.md, "Layers").',
        },
        { selector: 'TSEnumDeclaration', message: 'Use a union of strings.' },
        { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
      ],
    },
  };
}

function layer([name, { imports, vscode, node, packages }]) {
  const others = all.filter((other) => other !== name && !imports.includes(other));
  const bare = [...(vscode ? ['vscode'] : []), ...packages].join('|');
  const allowed = [...(node ? ['node:'] : []), ...(bare ? [`(?:${bare})(?:$|/)`] : []), '\\.'].join('|');
  return forbid(
    [`src/${name}/**/*.ts`],
    `^(?:\\.\\.?/)+(?:${others.join('|')})(?:/|$)|^(?:\\.\\./)+(?:extension|cli)$|^(?:\\.\\./)+(?:src|webviews|test|scripts)/|^(?!${allowed})`,
    `${name}/ may import only: itself, ${[...imports, ...packages, ...(vscode ? ['vscode'] : []), ...(node ? ['node:*'] : [])].join(', ') || 'nothing else'} (CONTRIBUTING.md, "Layers").`,
  );
}

export default tseslint.config(
  { ignores: ['dist/', '**/node_modules/', 'test-results/', '.cache/', 'test/fixtures/', 'samples/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './webviews/tsconfig.json'] } },
    rules: {
      'max-lines': ['error', { max: 400 }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  ...Object.entries(layers).map(layer),
  forbid(
    ['webviews/**/*.ts'],
    '^(?:\\.\\./)+(?:src/(?!protocol/)|test/|scripts/)|^(?!\\.|lit(?:$|/)|uplot(?:$|/)|@vscode-elements/|vscode-messenger)',
    'webviews/ may import only src/protocol, lit, uplot, @vscode-elements and vscode-messenger (CONTRIBUTING.md, "Layers").',
  ),
);
