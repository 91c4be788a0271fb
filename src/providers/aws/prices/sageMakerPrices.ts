import { ProviderError } from '../../../core/errors';
import { promptly } from '../../../lib/promptly';
import type { AwsAccount } from '../account/account';
import { isoDate, patience, unknownRate, type Rate } from './ec2Prices';
import type { Kept, KeptAnswers } from './keptAnswers';
import { managedPrices, studioPrices, type ManagedPrices, type StudioApp } from './managedPrices';

/** SageMaker's rates of machines that a person works on. What AWS does not say in two seconds is not known for now. */
export class SageMakerPrices {
  constructor(
    private readonly kept: KeptAnswers,
    private readonly account: AwsAccount,
  ) {}

  /** Of a notebook instance of that type, such as `ml.g5.xlarge`. */
  notebook(type: string): Promise<Rate> {
    return this.rate(type, () => managedPrices(this.kept, this.account, 'Notebook'), 'notebook instances');
  }

  /** Of a Studio space with that app. */
  studio(type: string, app: StudioApp): Promise<Rate> {
    return this.rate(type, () => studioPrices(this.kept, this.account, app), `Studio’s ${app}`);
  }

  private rate(type: string, ask: () => Promise<Kept<ManagedPrices>>, what: string): Promise<Rate> {
    if (type === '') return Promise.resolve(unknownRate);
    return promptly(patience, this.asked(type, ask, what), () => unknownRate);
  }

  private async asked(type: string, ask: () => Promise<Kept<ManagedPrices>>, what: string): Promise<Rate> {
    try {
      const { at, value } = await ask();
      const hourlyUsd = Object.hasOwn(value, type) ? value[type] : undefined;
      if (hourlyUsd === undefined) return unknownRate;
      const asOf = isoDate(at);
      return {
        hourlyUsd,
        asOf,
        from: `SageMaker’s price list for ${what} in ${this.account.region} of ${asOf}`,
      };
    } catch (error) {
      // Not known, which is said; the machine is shown all the same.
      if (error instanceof ProviderError) return unknownRate;
      throw error;
    }
  }
}
