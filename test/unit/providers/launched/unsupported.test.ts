import { expect, test } from 'vitest';
import { unsupported } from '../../../../src/providers/launched/unsupported';
import { thisComputer } from '../../../../src/providers/local/thisComputer';
import { readJob } from '../../../fakes/jobSpec';

const paths = (text: string) =>
  unsupported(readJob(`${text}\nrun: echo`).spec, thisComputer)
    .map(({ path }) => path.join('.'))
    .sort();

test.each([
  ['resources: {use_spot: true}', ['resources.use_spot']],
  ['resources: {use_spot: false}', []],
  ['resources: {image_id: "docker:ubuntu:22.04"}', ['resources.image_id']],
  ['resources: {image_id: ami-123}', ['resources.image_id']],
  ['resources: {infra: local, instance_type: p4d.24xlarge}', ['resources.instance_type']],
  [
    'resources: {disk_size: 512, disk_tier: high, network_tier: best}',
    ['resources.disk_size', 'resources.disk_tier', 'resources.network_tier'],
  ],
  [
    'resources: {labels: {a: b}, priority: 3, job_recovery: FAILOVER}',
    ['resources.job_recovery', 'resources.labels', 'resources.priority'],
  ],
  ['resources: {autostop: 10}', ['resources.autostop']],
  ['resources: {autostop: false}', []],
  ['resources: {ports: 8080, cpus: 4+, memory: 16, accelerators: H100, max_hourly_cost: 3}', []],
  ['resources: {any_of: [{use_spot: true}, {use_spot: true, cpus: 1}]}', ['resources.use_spot']],
  ['resources: {any_of: [{infra: aws, use_spot: true}, {infra: local}]}', []],
  ['file_mounts: {data: ./data}', []],
  ['file_mounts: {/data: ./data}', ['file_mounts./data']],
  ['file_mounts: {~/data: ./data}', ['file_mounts.~/data']],
  ['file_mounts: {../data: ./data}', ['file_mounts.../data']],
  ['file_mounts: {data: "s3://bucket/x"}', ['file_mounts.data']],
  ['file_mounts: {data: {name: bucket, store: s3}}', ['file_mounts.data']],
  ['volumes: {/mnt: my-volume}', ['volumes./mnt']],
  ['service: {readiness_probe: /, replicas: 1}', ['service']],
  ['pool: {workers: 2}', ['pool']],
  ['envs: {TRAINYARD_SH: /bin/evil, FINE: a}', ['envs.TRAINYARD_SH']],
  ['secrets: {TRAINYARD_RUN: x}', ['secrets.TRAINYARD_RUN']],
  ['trainyard: {register: {model: m, path: ./m}}', ['trainyard.register']],
  ['trainyard: {retry: {max_restarts: 3, on: [node_failure]}}', ['trainyard.retry']],
  ['trainyard: {guardrails: {max_cost: 5, max_duration: 1h}}', ['trainyard.guardrails.max_cost']],
  ['trainyard: {outputs: {m: ./m}, metrics: [{name: l, regex: "l=(.*)"}], aws: {role: x}}', []],
  ['workdir: .', []],
  ['workdir: {url: "https://github.com/a/b"}', []],
])('%s: what can not be honoured is %j', (text, expected) => {
  expect(paths(text)).toEqual(expected);
});

test('every message is a sentence for people', () => {
  const { spec } = readJob(
    'resources: {use_spot: true, disk_size: 100}\nservice: {readiness_probe: /, replicas: 1}\nrun: echo',
  );
  for (const { message } of unsupported(spec, thisComputer)) expect(message).toMatch(/^[A-Z].*\.$/);
});
