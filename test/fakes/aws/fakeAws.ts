import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { GetProductsRequest } from '@aws-sdk/client-pricing';
import { S3Client } from '@aws-sdk/client-s3';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { Faults } from './faults';
import { filterLogEvents } from './logEvents';
import { LaunchTokens } from './launchTokens';
import { MotoServer } from './motoServer';
import { getProducts, spotPrices } from './prices';
import { askQuotas, type QuotaRequest } from './quotas';
import { StudioApi } from './sagemaker/studioApi';
import { TrainingJobApi } from './sagemaker/trainingJobApi';
import type { World, WorldClients } from './sagemaker/world';
import { awsEnvironment, testKeys } from './testAccount';
import { Forward } from './wire/forward';
import { requestProblems } from './wire/requestCheck';
import { violations } from './wire/shapeCheck';
import { AwsRefusal, jsonAnswer, wireRequest, type WireAnswer, type WireRequest } from './wire/wireRequest';

/**
 * AWS on this computer: training jobs that really run, prices, quotas, and for the rest moto, which keeps buckets, logs, roles and
 * machines. Speaks the wire protocols, so that any SDK may ask. Everything ends with `stop`, and with the process that started it.
 */
export class FakeAws {
  readonly faults = new Faults();
  readonly requests: WireRequest[] = [];
  readonly world: World;
  readonly trainingJobs: TrainingJobApi;
  readonly studio = new StudioApi();
  /** An execution role that SageMaker may assume. */
  readonly roleArn =
    'arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-20260101T000000';
  private readonly forward: Forward;
  private readonly clients = new Map<string, WorldClients>();
  private readonly launches = new LaunchTokens((request) => this.forward.send(request));
  private conditional: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly server: Server,
    private readonly moto: MotoServer,
    readonly address: string,
  ) {
    this.forward = new Forward(moto.url);
    this.world = {
      clients: (region) => this.clientsOf(region),
      secondMs: 1000,
      startMs: 20,
      transferMs: 5,
      logMs: 100,
      metricsMs: 60_000,
      checkpointMs: 200,
      stopGraceSeconds: 120,
      spotBilled: 0.3,
      noCapacity: new Set(),
      noImage: new Set(),
      refusedImages: new Map(),
      absentTypes: new Set(),
      quotas: new Map(),
      defaultQuota: 100,
      environment: {},
    };
    this.trainingJobs = new TrainingJobApi(this.world);
  }

  static async start(address = '127.0.0.1'): Promise<FakeAws> {
    const moto = await MotoServer.start(address);
    const server = createServer();
    const fake = new FakeAws(server, moto, address);
    server.on('request', (request, response) => {
      fake.answer(request, response).catch(() => {
        request.socket.destroy();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    const { PATH = '', XDG_CACHE_HOME } = process.env;
    Object.assign(fake.world.environment, {
      ...awsEnvironment(fake.url),
      PATH,
      HOME: homedir(),
      ...(XDG_CACHE_HOME === undefined ? {} : { XDG_CACHE_HOME }),
    });
    await fake.furnish();
    return fake;
  }

  get url(): string {
    return `http://${this.address}:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await this.trainingJobs.dispose();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    this.forward.stop();
    for (const clients of this.clients.values())
      for (const client of Object.values(clients)) (client as S3Client).destroy();
    await this.moto.stop();
  }

  /** Requests so far of an operation, such as `CreateTrainingJob`. */
  asked(operation: string): readonly WireRequest[] {
    return this.requests.filter((request) => request.operation === operation);
  }

  /** What in the requests so far AWS would not have understood. */
  problems(): readonly string[] {
    return requestProblems(this.requests);
  }

  /** Clients of what is behind the fake: they are neither recorded nor disturbed. */
  clientsOf(region = 'us-east-1'): WorldClients {
    const known = this.clients.get(region);
    if (known) return known;
    const config = { endpoint: this.moto.url, region, credentials: testKeys };
    const made = {
      s3: new S3Client({ ...config, forcePathStyle: true }),
      logs: new CloudWatchLogsClient(config),
      iam: new IAMClient(config),
      cloudwatch: new CloudWatchClient(config),
    };
    this.clients.set(region, made);
    return made;
  }

  private async furnish(): Promise<void> {
    const { iam } = this.clientsOf();
    const trust = {
      Effect: 'Allow',
      Principal: { Service: 'sagemaker.amazonaws.com' },
      Action: 'sts:AssumeRole',
    };
    await iam.send(
      new CreateRoleCommand({
        RoleName: this.roleArn.slice(this.roleArn.lastIndexOf('/') + 1),
        Path: '/service-role/',
        AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
      }),
    );
  }

  private async answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await wireRequest(message);
    this.requests.push(kept(request));
    const mishap = this.faults.mishap(request);
    if (mishap.wait > 0) await delay(mishap.wait);
    if (mishap.cut === 'before') return void message.socket.destroy();
    const answer = mishap.answer ?? (await this.serve(request));
    if (mishap.cut === 'after') return void message.socket.destroy();
    response.statusCode = answer.status;
    for (const [name, value] of Object.entries(answer.headers ?? {}))
      if (value !== undefined) response.setHeader(name, value);
    response.setHeader('date', new Date(Date.now() + this.faults.skew).toUTCString());
    // Of a HEAD it is that of the object, where there is one.
    if (request.method !== 'HEAD' || !response.hasHeader('content-length'))
      response.setHeader('content-length', Buffer.byteLength(answer.body));
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  }

  private async serve(request: WireRequest): Promise<WireAnswer> {
    try {
      return (await this.own(request)) ?? (await this.passOn(request));
    } catch (error) {
      if (error instanceof AwsRefusal) return error.answer(request.service);
      throw error;
    }
  }

  /** Puts on a condition are passed on one by one: moto looks and writes in two steps. */
  private passOn(request: WireRequest): Promise<WireAnswer> {
    if (request.service === 'ec2' && request.operation.startsWith('Describe')) return this.read(request);
    if (request.headers['if-none-match'] === undefined) return this.forward.send(request);
    const answer = this.conditional.then(() => this.forward.send(request));
    this.conditional = answer.catch(() => undefined);
    return answer;
  }

  /** Asked several things at once, moto fails at one of them now and then; the next time it answers. */
  private async read(request: WireRequest): Promise<WireAnswer> {
    const answer = await this.forward.send(request);
    return answer.status === 500 ? this.forward.send(request) : answer;
  }

  /** Of what moto lacks or does not do as AWS does. */
  private async own(request: WireRequest): Promise<WireAnswer | undefined> {
    const { service, operation, region, body } = request;
    if (service === 'sagemaker') {
      const input = JSON.parse(body.toString() || '{}') as Record<string, unknown>;
      const answer =
        (await this.trainingJobs.ask(region, operation, input)) ?? this.studio.ask(operation, input);
      return answer && jsonAnswer(answer);
    }
    if (service === 'pricing' && operation === 'GetProducts')
      return jsonAnswer(getProducts(checked(request) as GetProductsRequest));
    if (service === 'servicequotas')
      return jsonAnswer(askQuotas(this.world, region, operation, checked(request) as QuotaRequest));
    if (service === 'logs' && operation === 'FilterLogEvents')
      return filterLogEvents(this.clientsOf(region).logs, request, (asked) => this.forward.send(asked));
    if (service === 'ec2' && operation === 'DescribeSpotPriceHistory') return spotPrices(request);
    if (service === 'ec2' && operation === 'RunInstances') return this.launches.run(request);
    return undefined;
  }
}

/** The input of a JSON protocol. Throws `AwsRefusal` where the service's model does not allow it. */
function checked({ service, operation, body }: WireRequest): unknown {
  const model = service === 'servicequotas' ? 'service-quotas' : service;
  const input: unknown = JSON.parse(body.toString() || '{}');
  const wrong = violations(model, operation, input);
  if (wrong.length > 0) throw new AwsRefusal('ValidationException', wrong.join('; '));
  return input;
}

/** Without the bytes of large objects. */
function kept(request: WireRequest): WireRequest {
  return request.service === 's3' && request.body.length > 1_000_000
    ? { ...request, body: Buffer.from('…') }
    : request;
}
