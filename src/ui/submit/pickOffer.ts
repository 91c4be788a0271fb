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
    const [possible, impossible] = [true, false].map((able) =>
      offers.filter((offer) => offer.possible === able),
    );
    list.title = title;
    list.placeholder = possible?.length ? 'Choose where to submit it' : 'Nothing can run this job now';
    list.matchOnDescription = true;
    list.matchOnDetail = true;
    list.items = [...(possible ?? []).map(item), ...separator(impossible), ...(impossible ?? []).map(item)];
    list.onDidAccept(() => {
      const offer = list.selectedItems[0]?.offer;
      // An impossible one stays in view with its reason rather than to lead nowhere.
      if (!offer?.possible) return;
      resolve(offer);
      list.dispose();
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
    ...(offer.why !== '' && { detail: offer.why }),
    offer,
  };
}

function separator(impossible: readonly Offer[] | undefined): OfferItem[] {
  return impossible?.length ? [{ label: 'not possible now', kind: vscode.QuickPickItemKind.Separator }] : [];
}
