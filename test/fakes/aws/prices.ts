import type { GetProductsRequest } from '@aws-sdk/client-pricing';
import { createHash } from 'node:crypto';
import { AwsRefusal, type WireAnswer, type WireRequest } from './wire/wireRequest';

interface Row {
  readonly type: string;
  readonly vCpu: number;
  readonly memory: string;
  readonly gpus: number;
  /** USD an hour in us-east-1: of a SageMaker training instance, and of the EC2 machine. */
  readonly training: number;
  readonly ec2: number;
}

/** Near the real ones of 2025. Other regions cost a tenth more. */
const rows: readonly Row[] = (
  [
    ['m5.large', 2, '8 GiB', 0, 0.115, 0.096],
    ['m5.xlarge', 4, '16 GiB', 0, 0.23, 0.192],
    ['m5.2xlarge', 8, '32 GiB', 0, 0.461, 0.384],
    ['m5.4xlarge', 16, '64 GiB', 0, 0.922, 0.768],
    ['c5.xlarge', 4, '8 GiB', 0, 0.204, 0.17],
    ['c5.2xlarge', 8, '16 GiB', 0, 0.408, 0.34],
    ['g4dn.xlarge', 4, '16 GiB', 1, 0.7364, 0.526],
    ['g4dn.12xlarge', 48, '192 GiB', 4, 4.89, 3.912],
    ['g5.xlarge', 4, '16 GiB', 1, 1.408, 1.006],
    ['g5.2xlarge', 8, '32 GiB', 1, 1.515, 1.212],
    ['g5.12xlarge', 48, '192 GiB', 4, 7.09, 5.672],
    ['g5.48xlarge', 192, '768 GiB', 8, 20.36, 16.288],
    ['g6.xlarge', 4, '16 GiB', 1, 1.1267, 0.8048],
    ['p3.2xlarge', 8, '61 GiB', 1, 3.825, 3.06],
    ['p4d.24xlarge', 96, '1152 GiB', 8, 25.2513, 21.9576],
    ['p5.48xlarge', 192, '2048 GiB', 8, 63.296, 55.04],
  ] as const
).map(([type, vCpu, memory, gpus, training, ec2]) => ({ type, vCpu, memory, gpus, training, ec2 }));

const regions: Readonly<Record<string, string>> = {
  'us-east-1': 'US East (N. Virginia)',
  'us-west-2': 'US West (Oregon)',
  'eu-west-1': 'EU (Ireland)',
  'eu-central-1': 'EU (Frankfurt)',
};

/** `GetProducts` for AmazonSageMaker and AmazonEC2. Its products are JSON texts. */
export function getProducts({
  ServiceCode,
  Filters = [],
  MaxResults = 100,
  NextToken,
}: GetProductsRequest): object {
  const products = {
    AmazonSageMaker: () => [...sageMakerProducts(), ...studioProducts()],
    AmazonEC2: () => [...ec2Products(), ...diskProducts()],
  }[ServiceCode ?? ''];
  if (!products) throw new AwsRefusal('NotFoundException', `Unknown service code: ${ServiceCode ?? ''}`);
  const found = products().filter((attributes) =>
    Filters.every(({ Field = '', Value, Type }) => {
      if (Type !== 'TERM_MATCH')
        throw new AwsRefusal('InvalidParameterException', 'Only TERM_MATCH is served here.');
      return attributes[Field]?.toLowerCase() === Value?.toLowerCase();
    }),
  );
  const from = Number(NextToken ?? 0);
  const page = found.slice(from, from + MaxResults).map((attributes) => JSON.stringify(product(attributes)));
  const more = from + MaxResults < found.length;
  return {
    FormatVersion: 'aws_v1',
    PriceList: page,
    ...(more ? { NextToken: String(from + MaxResults) } : {}),
  };
}

/** Without `usd`, what a product's attributes are. */
type Attributes = Readonly<Record<string, string>>;

function sageMakerProducts(): readonly Attributes[] {
  return rows.flatMap((row) =>
    Object.entries(regions).flatMap(([regionCode, location]) =>
      [
        ['Training', 'Train'],
        ['Notebook', 'Notebk'],
        ['Hosting', 'Host'],
      ].map(([component = '', usage = '']) => ({
        productFamily: 'ML Instance',
        servicecode: 'AmazonSageMaker',
        servicename: 'Amazon SageMaker',
        instanceName: `ml.${row.type}`,
        instanceType: `ml.${row.type}-${component}`,
        platoinstancename: row.type.split('.')[0] ?? '',
        component,
        computeType: row.gpus > 0 ? 'Accelerated Computing' : 'Standard Instances',
        vCpu: String(row.vCpu),
        memory: row.memory,
        gpu: row.gpus === 0 ? 'N/A' : String(row.gpus),
        regionCode,
        location,
        locationType: 'AWS Region',
        usagetype: `${regionCode}-${usage}:ml.${row.type}`,
        operation: 'RunInstance',
        usd: dollars(row.training, regionCode),
      })),
    ),
  );
}

function ec2Products(): readonly Attributes[] {
  return rows.flatMap((row) =>
    Object.entries(regions).map(([regionCode, location]) => ({
      productFamily: 'Compute Instance',
      servicecode: 'AmazonEC2',
      servicename: 'Amazon Elastic Compute Cloud',
      instanceType: row.type,
      instanceFamily: row.gpus > 0 ? 'GPU instance' : 'General purpose',
      vcpu: String(row.vCpu),
      memory: row.memory,
      ...(row.gpus > 0 ? { gpu: String(row.gpus) } : {}),
      operatingSystem: 'Linux',
      tenancy: 'Shared',
      preInstalledSw: 'NA',
      capacitystatus: 'Used',
      licenseModel: 'No License required',
      marketoption: 'OnDemand',
      regionCode,
      location,
      locationType: 'AWS Region',
      usagetype: `BoxUsage:${row.type}`,
      operation: 'RunInstances',
      usd: dollars(row.ec2, regionCode),
    })),
  );
}

/** A tenth dearer than notebook instances, so that a test can tell which it got. */
function studioProducts(): readonly Attributes[] {
  return rows.flatMap((row) =>
    Object.entries(regions).flatMap(([regionCode, location]) =>
      ['JupyterLab', 'CodeEditor'].map((app) => ({
        productFamily: 'ML Instance',
        servicecode: 'AmazonSageMaker',
        platoinstancetype: `Studio-${app}`,
        regionCode,
        location,
        usagetype: `USE1-Studio:${app}-ml.${row.type}`,
        operation: 'RunInstance',
        usd: dollars(row.training * 1.1, regionCode),
      })),
    ),
  );
}

const disks: Readonly<Record<string, number>> = { gp2: 0.1, gp3: 0.08, io1: 0.125, st1: 0.045 };

function diskProducts(): readonly Attributes[] {
  return Object.entries(disks).flatMap(([volumeApiName, usd]) =>
    Object.entries(regions).map(([regionCode, location]) => ({
      productFamily: 'Storage',
      servicecode: 'AmazonEC2',
      volumeApiName,
      regionCode,
      location,
      usagetype: `EBS:VolumeUsage.${volumeApiName}`,
      unit: 'GB-Mo',
      usd: dollars(usd, regionCode),
    })),
  );
}

function product({ usd = '', productFamily, unit = 'Hrs', ...attributes }: Attributes): object {
  const sku = createHash('sha256')
    .update(JSON.stringify(attributes))
    .digest('hex')
    .slice(0, 16)
    .toUpperCase();
  const term = `${sku}.JRTCKXETXF`;
  const rate = `${term}.6YS6EN2CT7`;
  const what = attributes.instanceName ?? attributes.instanceType ?? '';
  return {
    product: { productFamily, attributes, sku },
    serviceCode: attributes.servicecode,
    terms: {
      OnDemand: {
        [term]: {
          priceDimensions: {
            [rate]: {
              unit,
              endRange: 'Inf',
              description: `$${usd} per hour for ${what} in ${attributes.location ?? ''}`,
              appliesTo: [],
              rateCode: rate,
              beginRange: '0',
              pricePerUnit: { USD: usd },
            },
          },
          sku,
          effectiveDate: '2026-11-01T00:00:00Z',
          offerTermCode: 'JRTCKXETXF',
          termAttributes: {},
        },
      },
    },
    version: '20261101000000',
    publicationDate: '2026-11-01T00:00:00Z',
  };
}

/** `DescribeSpotPriceHistory`: a third of the price on demand, a little dearer in the second zone. */
export function spotPrices({ body, region }: WireRequest): WireAnswer {
  const form = new URLSearchParams(body.toString());
  const types = [...form].filter(([key]) => key.startsWith('InstanceType.')).map(([, type]) => type);
  const items = rows
    .filter(({ type }) => types.length === 0 || types.includes(type))
    .flatMap(({ type, ec2 }) =>
      ['a', 'b'].map(
        (zone, index) =>
          `<item><instanceType>${type}</instanceType><productDescription>Linux/UNIX</productDescription><spotPrice>${dollars((ec2 / 3) * (1 + index / 50), region)}</spotPrice><timestamp>${new Date(Date.now() - 3_600_000).toISOString()}</timestamp><availabilityZone>${region}${zone}</availabilityZone></item>`,
      ),
    );
  return {
    status: 200,
    headers: { 'content-type': 'text/xml;charset=UTF-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<DescribeSpotPriceHistoryResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>0</requestId><spotPriceHistorySet>${items.join('')}</spotPriceHistorySet><nextToken/></DescribeSpotPriceHistoryResponse>`,
  };
}

function dollars(usd: number, region: string): string {
  return (region === 'us-east-1' ? usd : usd * 1.1).toFixed(10);
}
