import type { ListTrainingJobsRequest, ListTrainingJobsResponse } from '@aws-sdk/client-sagemaker';
import type { AwsAccount } from '../account/account';

/** As many as SageMaker gives at once. */
const pageSize = 100;

/**
 * The account's training jobs in a region, page by page, of which some may be empty.
 * https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListTrainingJobs.html
 */
export async function* jobPages(
  account: AwsAccount,
  wanted: Omit<ListTrainingJobsRequest, 'MaxResults' | 'NextToken'>,
  signal: AbortSignal,
): AsyncGenerator<ListTrainingJobsResponse> {
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await account.ask(
      'sagemaker',
      'The jobs can’t be listed',
      (sdk, client, options) =>
        client.send(
          new sdk.ListTrainingJobsCommand({
            ...wanted,
            MaxResults: pageSize,
            ...(token !== undefined && { NextToken: token }),
          }),
          options,
        ),
      signal,
    );
    yield page;
    nextToken = page.NextToken;
  } while (nextToken !== undefined);
}
