import * as vscode from 'vscode';
import type { Offer } from '../../core/provider';
import { placeText, sizeText } from './offerText';

interface OfferItem extends vscode.QuickPickItem {
  readonly offer?: Offer;
}

/** The offers in one list, impossible ones last with their reason. `undefined` on Esc. */
export async function pickOffer(offers: readonly Offer[], title: string): Promise<Offer | undefined> {
  return new Promise((resolve) => {
    const list = vscode.window.createQuickPick<OfferItem>();
    const possible = offers.filter((offer) => offer.possible);
    // What is nearly possible before what the job file does not ask for.
    const impossible = offers
      .filter((offer) => !offer.possible)
      .sort((a, b) => Number(a.instanceType === null) - Number(b.instanceType === null));
    list.title = title;
    list.placeholder = possible.length > 0 ? 'Choose where to submit it' : 'Nothing can run this job now';
    list.matchOnDescription = true;
    list.matchOnDetail = true;
    list.items = [...possible.map(item), ...separator(impossible), ...impossible.map(item)];
    list.onDidAccept(() => {
      const offer = list.selectedItems[0]?.offer;
      // An impossible one stays in view with its reason, and leads to what mends it.
      if (!offer?.possible) return void openPage(offer);
      resolve(offer);
      list.dispose();
    });
    list.onDidTriggerItemButton(({ item: { offer } }) => {
      void openPage(offer);
    });
    list.onDidHide(() => {
      resolve(undefined);
      list.dispose();
    });
    list.show();
  });
}

function item(offer: Offer): OfferItem {
  const icon = offer.possible ? 'server-environment' : 'circle-slash';
  return {
    label: `$(${icon}) ${placeText(offer)}`,
    description: sizeText(offer),
    ...(offer.why !== '' && { detail: offer.why.replace(page, '') }),
    ...(page.test(offer.why) && {
      buttons: [{ iconPath: new vscode.ThemeIcon('link-external'), tooltip: 'Open in Browser' }],
    }),
    offer,
  };
}

/** The address at the end of a reason, which no row has room for. */
const page = /: (https:\/\/\S+)$/;

async function openPage(offer: Offer | undefined): Promise<void> {
  const [, address] = page.exec(offer?.why ?? '') ?? [];
  if (address !== undefined) await vscode.env.openExternal(vscode.Uri.parse(address, true));
}

function separator(impossible: readonly Offer[]): OfferItem[] {
  return impossible.length > 0
    ? [{ label: 'not possible now', kind: vscode.QuickPickItemKind.Separator }]
    : [];
}
