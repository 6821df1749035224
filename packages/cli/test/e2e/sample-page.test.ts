import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { findChromium } from '../../../../tools/chromium.ts';
import { type NetworkProcess, runJson, startNetwork, temporaryFolder, endsWithSuite } from '../support/child-process.ts';

/** Where screenshots go, if anywhere: for people who judge the look. */
const screenshots = process.env['MYELIN_SCREENSHOTS'];

const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

async function shoot(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

describe('the sample app in a browser', () => {
  let folder: string;
  let network: NetworkProcess;
  let browser: Browser;
  let url: string;
  let canister: string;
  const suite = endsWithSuite();

  before(async () => {
    folder = temporaryFolder(suite);
    const launch = await findChromium();
    [network, browser] = await Promise.all([
      startNetwork(suite, folder, ['--sample']),
      chromium.launch({ executablePath: launch.executablePath, args: [...launch.args] }),
    ]);
    suite.after(() => browser.close());
    const sample = network.ready['sample'] as { readonly url: string; readonly canister: string };
    ({ url, canister } = sample);
  });

  /** Opens the page and collects what the browser complains about. */
  async function open(
    options: BrowserContextOptions = {},
  ): Promise<{ readonly page: Page; readonly context: BrowserContext; readonly complaints: string[] }> {
    const context = await browser.newContext({ locale: 'en', ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(url);
    return { page, context, complaints };
  }

  it('counts with certified updates, which the command line sees too', async () => {
    const { page, context, complaints } = await open();
    assert.equal(new URL(url).hostname, `${canister}.localhost`);
    assert.equal(await page.title(), 'Hello from a canister');
    const count = page.getByRole('region', { name: 'Counter' }).getByText(/^\d+$/);
    await count.waitFor();
    assert.equal(await count.textContent(), '0');
    const button = page.getByRole('button', { name: 'Add one' });
    for (const expected of ['1', '2', '3']) {
      await button.click();
      await page.getByRole('region', { name: 'Counter' }).getByText(expected, { exact: true }).waitFor();
    }
    await page
      .getByRole('row', { name: /increment update certificate valid/ })
      .first()
      .waitFor();
    assert.deepEqual((await runJson(folder, ['canister', 'query', 'hello', 'counter']))['values'], ['3']);
    await runJson(folder, ['canister', 'call', 'hello', 'increment']);
    await page.reload();
    await page.getByRole('region', { name: 'Counter' }).getByText('4', { exact: true }).waitFor();
    await shoot(page, 'desktop');
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('has a guest book whose entries outlive a kill of the network', async () => {
    const { page, context, complaints } = await open();
    await page.getByLabel('Name').fill('Ada <b>Lovelace</b>');
    await page.getByLabel('Message').fill('The first of many.\nOn two lines & with "quotes".');
    await page.getByRole('button', { name: 'Sign' }).click();
    await page
      .getByRole('status')
      .getByText(/Thank you/)
      .waitFor();
    await page.getByRole('listitem').filter({ hasText: 'Ada <b>Lovelace</b>' }).waitFor();
    await shoot(page, 'signed');
    assert.deepEqual(complaints, []);
    await network.stop('SIGKILL');
    const port = new URL(network.url).port;
    network = await startNetwork(suite, folder, ['--sample', '--port', port]);
    assert.deepEqual((network.ready['sample'] as { readonly url: string; readonly action: string }).url, url);
    assert.equal((network.ready['sample'] as { readonly action: string }).action, 'unchanged');
    await page.reload();
    await page.getByRole('listitem').filter({ hasText: 'Ada <b>Lovelace</b>' }).waitFor();
    await context.close();
  });

  it('says so when the canister refuses an entry', async () => {
    const { page, context } = await open();
    await page.getByLabel('Name').fill('  ');
    await page.getByLabel('Message').fill('Nobody wrote this.');
    await page.getByRole('button', { name: 'Sign' }).click();
    await page.getByText('Please give a name and a message.').waitFor();
    await context.close();
  });

  it('works by keyboard alone', async () => {
    const { page, context } = await open();
    const region = page.getByRole('region', { name: 'Counter' });
    await region.getByText(/^\d+$/).waitFor();
    const before = Number(await region.getByText(/^\d+$/).textContent());
    await page.keyboard.press('Tab');
    await page.locator(':focus', { hasText: 'Skip to the content' }).waitFor();
    await shoot(page, 'keyboard-skip');
    await page.keyboard.press('Tab');
    await page.locator('button:focus', { hasText: 'Add one' }).waitFor();
    await shoot(page, 'keyboard-button');
    await page.keyboard.press('Enter');
    await region.getByText(String(before + 1), { exact: true }).waitFor();
    await page.locator('button:focus', { hasText: 'Add one' }).waitFor();
    await page.keyboard.press('Space');
    await region.getByText(String(before + 2), { exact: true }).waitFor();
    await page.locator('button:focus', { hasText: 'Add one' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('Grace');
    await page.keyboard.press('Tab');
    await page.keyboard.type('Typed, not clicked.');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('listitem').filter({ hasText: 'Typed, not clicked.' }).waitFor();
    await context.close();
  });

  it('fits a phone: nothing to scroll sideways, buttons for thumbs', async () => {
    for (const [name, options] of [
      ['phone', PHONE],
      ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
    ] as const) {
      const { page, context, complaints } = await open(options);
      await page.getByRole('region', { name: 'Counter' }).getByText(/^\d+$/).waitFor();
      await page.getByRole('button', { name: 'Add one' }).tap();
      await page.getByRole('row', { name: /increment/ }).waitFor();
      const [content, screen] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      );
      assert.ok(content <= screen, `the page is ${content} wide on a screen of ${screen}`);
      for (const button of await page.getByRole('button').all()) {
        const box = await button.boundingBox();
        assert.ok(box === null || box.height >= 40, `a button is ${box?.height} high`);
      }
      await shoot(page, name);
      assert.deepEqual(complaints, []);
      await context.close();
    }
  });

  it('serves forms to browsers without JavaScript', async () => {
    const { page, context } = await open({ javaScriptEnabled: false });
    await page.getByLabel('Name').fill('Plain');
    await page.getByLabel('Message').fill('No script needed.');
    await page.getByRole('button', { name: 'Sign' }).click();
    await page.getByText('No script needed.').waitFor();
    await shoot(page, 'no-script');
    await context.close();
  });
});
