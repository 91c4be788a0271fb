import { expect, test } from './harness/test';

test('the activity-bar icon opens five views', async ({ editor }) => {
  await editor.showTrainyard();
  for (const title of ['Jobs', 'Machines', 'Models', 'Endpoints', 'Spend']) {
    await expect(editor.view(title)).toBeVisible();
  }
});

test('strangers who do not know the token get no editor', async ({ editor }) => {
  test.skip(!editor.page.url().startsWith('http://'), 'only the embedded editor listens on a port');
  const door = new URL('/', editor.page.url());
  const stranger = await fetch(door);
  expect(stranger.status).toBe(401);
  expect(await stranger.text()).toContain('asks for a token');
  const upgrade = await fetch(door, { headers: { cookie: 'trainyard-editor=guess' } });
  expect(upgrade.status).toBe(401);
});
