import { describe, expect, it, test } from 'vitest';
import { unsupported } from '../../../../src/providers/aws/jobs/plan/unsupported';
import { readJob } from '../../../fakes/jobSpec';

const here = { connection: 'aws/us-east-1@work', region: 'us-east-1' };

function found(job: string): Record<string, string> {
  const list = unsupported(readJob(`run: echo\n${job}`).spec, here);
  return Object.fromEntries(list.map(({ path, message }) => [path.join('.'), message]));
}

describe('what SageMaker can’t honour is named at its place', () => {
  const cases: readonly (readonly [job: string, path: string, message: RegExp])[] = [
    ['resources: {infra: aws/us-east-1/us-east-1a}', 'resources.infra', /SageMaker chooses the zone/],
    ['resources: {disk_size: 20000}', 'resources.disk_size', /16384 GB at most/],
    [
      'resources: {instance_type: ml.g5.2xlrage}',
      'resources.instance_type',
      /Did you mean ml\.g5\.2xlarge\?/,
    ],
    ['resources: {instance_type: x9.huge}', 'resources.instance_type', /does not know ml\.x9\.huge/],
    ['resources: {disk_tier: high}', 'resources.disk_tier', /one kind/],
    ['resources: {network_tier: best}', 'resources.network_tier', /network that the type has/],
    ['resources: {ports: 8080}', 'resources.ports', /Nothing outside can reach/],
    ['resources: {autostop: 10}', 'resources.autostop', /go when it ends/],
    ['resources: {priority: 3}', 'resources.priority', /whatever their priority/],
    ['resources: {use_spot: true, job_recovery: FAILOVER}', 'resources.job_recovery', /same region only/],
    ['resources: {image_id: ami-0123}', 'resources.image_id', /containers, not machine images/],
    ['resources: {image_id: "docker:ubuntu:24.04"}', 'resources.image_id', /Amazon ECR only/],
    ['resources: {use_spot: true}', 'resources.use_spot', /starts from its beginning/],
    ['config: {hooks: [{run: x}]}', 'resources.hooks', /SIGTERM and 120 seconds/],
    ['volumes: {/mnt/v: my-volume}', 'volumes./mnt/v', /no volumes/],
    ['file_mounts: {/d: gs://bucket/x}', 'file_mounts./d', /from S3 only/],
    ['file_mounts: {/d: {name: new-bucket}}', 'file_mounts./d', /makes no buckets/],
    ['file_mounts: {/d: {source: "s3://bucket", mode: MOUNT}}', 'file_mounts./d', /read-only/],
    ['envs: {TRAINYARD_X: a}', 'envs.TRAINYARD_X', /Trainyard’s own/],
    [`envs: {LONG: ${'x'.repeat(600)}}`, 'envs.LONG', /the value of LONG has 600/],
    ['trainyard: {register: {model: m, path: ./m}}', 'trainyard.register', /not registered/],
    ['trainyard: {guardrails: {max_duration: 40d}}', 'trainyard.guardrails.max_duration', /28 days/],
    [
      'trainyard: {retry: {max_restarts: 3, on: [job_failure]}}',
      'trainyard.retry.on',
      /failures of its own machines/,
    ],
    [
      'trainyard: {retry: {max_restarts: 31, on: [node_failure]}}',
      'trainyard.retry.max_restarts',
      /30 times at most/,
    ],
    ['trainyard: {aws: {keep_alive: 2h}}', 'trainyard.aws.keep_alive', /an hour at most/],
    [
      'resources: {use_spot: true}\ntrainyard: {aws: {keep_alive: 5m}}',
      'trainyard.aws.keep_alive',
      /Spot machines/,
    ],
    ['trainyard: {aws: {max_wait: 2h}}', 'trainyard.aws.max_wait', /Only a spot job/],
    ['trainyard: {aws: {subnets: [subnet-1]}}', 'trainyard.aws.subnets', /together/],
    ['trainyard: {aws: {security_groups: [sg-1]}}', 'trainyard.aws.security_groups', /together/],
    ['trainyard: {aws: {tags: {"aws:a": b}}}', 'trainyard.aws.tags.aws:a', /AWS’s own/],
    ['trainyard: {aws: {image: nginx}}', 'trainyard.aws.image', /Amazon ECR only/],
    ['service: {readiness_probe: /}', 'service', /nothing keeps it up/],
  ];
  test.each(cases)('%s', (job, path, message) => {
    expect(found(job)[path]).toMatch(message);
  });
});

it('what it does honour is not named', () => {
  const job = [
    'num_nodes: 2',
    'workdir: .',
    'envs: {EPOCHS: 3}',
    'file_mounts: {/data: s3://bucket/train/, /x.csv: s3://bucket/x.csv, /own: ./own}',
    'resources: {infra: aws/us-east-1, instance_type: g5.xlarge, accelerators: A10G, cpus: 4+, memory: 16+, disk_size: 100, labels: {a: b}, use_spot: true}',
    'trainyard:',
    '  outputs: {model: ./model}',
    '  checkpoint: {path: ./ck}',
    '  guardrails: {max_duration: 2h, idle_gpu: {below: 5, for: 30m}}',
    '  retry: {max_restarts: 3, on: [node_failure]}',
    '  aws: {role: train, image: pytorch, bucket: mine, subnets: [subnet-1], security_groups: [sg-1], kms_key: k, max_wait: 1d, tags: {c: d}}',
  ].join('\n');
  expect(found(job)).toEqual({});
});

it('nothing is said of a candidate for another place', () => {
  expect(found('resources: {infra: ssh/gpu, ports: 80}')).toEqual({});
  expect(found('resources: {infra: aws/eu-west-1, ports: 80}')).toEqual({});
  expect(found('resources: {infra: aws/us-east-1@work, ports: 80}')).not.toEqual({});
});
