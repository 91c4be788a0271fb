import { describe, expect, it } from 'vitest';
import { Person, never } from './folder';

const resolve = async (config: string, alias = 'gpu', more: Readonly<Record<string, string>> = {}) => {
  const person = await Person.make({ '.ssh/config': config, ...more });
  return { person, config: await person.hosts().resolve(alias, never) };
};
const problem = (config: string, alias = 'gpu') =>
  resolve(config, alias).then(
    () => 'none',
    (error: unknown) => (error as Error).message,
  );

describe('without ssh', () => {
  it('the first value counts, and keys add up', async () => {
    const { config } = await resolve(
      'Host gpu\n Port 2222\n IdentityFile /a\n IdentitiesOnly yes\nHost *\n Port 23\n User all\n IdentityFile /b\n IdentityFile /a\n',
    );
    expect(config).toMatchObject({
      port: 2222,
      user: 'all',
      identityFiles: ['/a', '/b'],
      identitiesOnly: true,
    });
  });

  it('keys that are not there are left out, unless only they may be tried', async () => {
    const { person, config } = await resolve('Host gpu\n IdentityFile ~/k\n IdentityFile ~/none\n', 'gpu', {
      k: '',
    });
    expect(config.identityFiles).toEqual([person.path('k')]);
    const { config: usual } = await resolve('Host gpu\n', 'gpu', {
      '.ssh/id_ed25519': '',
      '.ssh/id_other': '',
    });
    expect(usual.identityFiles.map((path) => path.split('/').at(-1))).toEqual(['id_ed25519']);
  });

  it('files include others from ~/.ssh, by patterns, and a block that does not apply does not apply inside them either', async () => {
    const { config } = await resolve('Host other\n Include d/*\nHost gpu\n Include d/*\n', 'gpu', {
      '.ssh/d/1': 'Port 24\nHost *\n User included\n',
      '.ssh/d/.hidden': 'HostName hidden\n',
    });
    expect(config).toMatchObject({ port: 24, user: 'included', hostName: 'gpu' });
  });

  it('files that include one another without end are a mistake, with its place', async () => {
    expect(await problem('Host gpu\nInclude config\n')).toMatch(/16 deep.*\.ssh\/config:2$/);
  });

  it.each([
    ['Host gpu\n\nPort x\n', 'This is not a port: x', 3],
    ['Host gpu\nUser "me\n', 'A quote is not closed after user', 2],
    ['Host gpu\nUser\n', 'Nothing stands after user', 2],
    ['Host gpu\nUser a b\n', 'More than one word stands after user', 2],
    ['Host gpu\nProxyJump a b\n', 'These are not jump hosts: a b', 2],
    ['Host gpu\nIdentitiesOnly maybe\n', 'This can’t be a value here: maybe', 2],
    ['Host gpu\nMatch nonsense x\n', 'There is no criterion of that name for a Match: nonsense', 2],
  ])('a mistake is told with its file and line: %j', async (text, what, line) => {
    const said = await problem(text);
    expect(said).toContain(what);
    expect(said).toMatch(new RegExp(`config:${line}$`));
  });

  it('a Match exec is not run: its block is passed over, and that is said once', async () => {
    const person = await Person.make({ '.ssh/config': 'Host gpu\nMatch exec "touch ~/ran"\n Port 99\n' });
    const hosts = person.hosts();
    for (let time = 0; time < 2; time++) expect((await hosts.resolve('gpu', never)).port).toBe(22);
    expect(person.warnings).toHaveLength(1);
    expect(person.warnings[0]).toMatch(/Match exec.*config:2$/);
  });

  it('jump hosts come as a chain, each with its own configuration, and the nearest by its own way', async () => {
    const { config } = await resolve(
      'Host gpu\n ProxyJump me2@a:2201,b\nHost a\n ProxyJump c\n HostName a.lab\nHost b\n ProxyJump x\n User bob\nHost c\n ProxyCommand relay %h %p\n',
    );
    expect(config.jumps).toMatchObject([
      { alias: 'c', proxyCommand: 'relay c 22' },
      { alias: 'a', hostName: 'a.lab', user: 'me2', port: 2201, jumps: [] },
      { alias: 'b', user: 'bob', jumps: [], proxyCommand: undefined },
    ]);
    expect(config.proxyCommand).toBeUndefined();
  });

  it('jumps that lead back are a mistake', async () => {
    expect(await problem('Host gpu\n ProxyJump a\nHost a\n ProxyJump gpu\n')).toMatch(/gpu → a → gpu$/);
    expect(await problem('Host *\n ProxyJump a\nHost gpu\n')).toMatch(/gpu → a → a$/);
  });

  it('an agent is the one of the environment, another or none', async () => {
    const person = await Person.make({
      '.ssh/config':
        'Host no\n IdentityAgent none\nHost var\n IdentityAgent $OTHER\nHost file\n IdentityAgent ~/a\nHost usual\n',
    });
    const hosts = person.hosts(undefined, { SSH_AUTH_SOCK: '/agent', OTHER: '/other' });
    const agents = ['no', 'var', 'file', 'usual'].map(
      async (alias) => (await hosts.resolve(alias, never)).identityAgent,
    );
    expect(await Promise.all(agents)).toEqual([undefined, '/other', person.path('a'), '/agent']);
  });

  it('a token or a variable that means nothing is a mistake', async () => {
    expect(await problem('Host gpu\n IdentityFile /%z\n')).toContain('%z means nothing here: /%z');
    expect(await problem('Host gpu\n IdentityFile ${NO_SUCH}/x\n')).toContain('no variable NO_SUCH');
  });
});
