import { expect, test } from 'vitest';
import { stateFolder } from '../../../src/node/home';

test.each([
  ['linux', {}, '/home/me/.local/share/trainyard'],
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/trainyard'],
  ['linux', { XDG_DATA_HOME: 'relative' }, '/home/me/.local/share/trainyard'],
  ['linux', { TRAINYARD_HOME: '/elsewhere', XDG_DATA_HOME: '/data' }, '/elsewhere'],
  ['linux', { TRAINYARD_HOME: '' }, '/home/me/.local/share/trainyard'],
  ['darwin', { XDG_DATA_HOME: '/data' }, '/home/me/Library/Application Support/trainyard'],
] as const)('on %s with %j the state folder is %s', (platform, env, folder) => {
  expect(stateFolder(env, platform, '/home/me')).toBe(folder);
});

test('on Windows it is where local application data is', () => {
  const home = 'C:\\Users\\me';
  expect(stateFolder({ LOCALAPPDATA: 'D:\\Local' }, 'win32', home)).toBe('D:\\Local\\trainyard');
  expect(stateFolder({}, 'win32', home)).toBe('C:\\Users\\me\\AppData\\Local\\trainyard');
});
