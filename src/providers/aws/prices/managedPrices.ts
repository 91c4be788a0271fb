import type { AwsAccount } from '../account/account';
import type { Kept, KeptAnswers } from './keptAnswers';
import { isPriceTable, pricedProducts, priceTable } from './priceList';

/** What SageMaker has a rate of its own for. */
type Component = 'Training' | 'Notebook';

/** An app of Studio. */
export type StudioApp = 'JupyterLab' | 'CodeEditor';

/** SageMaker’s own rate in one region: USD an hour on demand, by type such as `ml.g5.xlarge`. */
export type ManagedPrices = Readonly<Record<string, number>>;

const what = 'SageMaker’s prices can’t be read';

/** As the Price List has it, kept for a day. Throws `ProviderError`. */
export function managedPrices(
  kept: KeptAnswers,
  account: AwsAccount,
  component: Component = 'Training',
): Promise<Kept<ManagedPrices>> {
  const key = component === 'Training' ? 'prices' : 'notebook-prices';
  const filters = { regionCode: account.region, component };
  return kept.get(`${key}-${account.region}`, isPriceTable, async (signal) => {
    const products = await pricedProducts(account, what, 'AmazonSageMaker', filters, 'hour', signal);
    const own = products.filter(({ attributes }) => attributes.component === component);
    return priceTable(own, ({ instanceName }) => instanceName);
  });
}

/** The same of Studio's apps, whose products name the type in their usage only: `USE1-Studio:JupyterLab-ml.g5.xlarge`. */
export function studioPrices(
  kept: KeptAnswers,
  account: AwsAccount,
  app: StudioApp,
): Promise<Kept<ManagedPrices>> {
  const filters = { regionCode: account.region, platoinstancetype: `Studio-${app}` };
  return kept.get(`studio-prices-${app}-${account.region}`, isPriceTable, async (signal) => {
    const products = await pricedProducts(account, what, 'AmazonSageMaker', filters, 'hour', signal);
    return priceTable(products, ({ usagetype }) => /Studio:\w+-(ml\..+)$/.exec(String(usagetype))?.[1]);
  });
}
