import { describe, expect, it, test } from 'vitest';
import {
  imageOf,
  imageProblem,
  namedImage,
  registryAccounts,
} from '../../../../src/providers/aws/jobs/plan/images';
import { trainingType } from '../../../../src/providers/aws/types/trainingTypes';
import { readJob } from '../../../fakes/jobSpec';

const type = (name: string) => trainingType(name) ?? { name };
const g5 = type('ml.g5.xlarge');
const m5 = type('ml.m5.xlarge');

describe('the image of a job that names none', () => {
  test.each(Object.entries(registryAccounts))(
    'in %s is AWS’s own there, of account %s',
    (region, account) => {
      const suffix = region.startsWith('cn-') ? '.cn' : '';
      const registry = `${account}.dkr.ecr.${region}.amazonaws.com${suffix}`;
      expect(imageOf(undefined, region, g5)).toBe(
        `${registry}/pytorch-training:2.10.0-gpu-py313-cu130-ubuntu22.04-sagemaker`,
      );
      expect(imageOf(undefined, region, m5)).toBe(
        `${registry}/pytorch-training:2.10.0-cpu-py313-ubuntu22.04-sagemaker`,
      );
    },
  );

  test.each([
    ['ml.p3.2xlarge', 'V100', '2.6.0-gpu-py312-cu126'],
    ['ml.p3dn.24xlarge', 'V100', '2.6.0-gpu-py312-cu126'],
    ['ml.g4dn.xlarge', 'T4', '2.10.0-gpu-py313-cu130'],
    ['ml.g5.xlarge', 'A10G', '2.10.0-gpu-py313-cu130'],
    ['ml.p4d.24xlarge', 'A100', '2.10.0-gpu-py313-cu130'],
    ['ml.g6.xlarge', 'L4', '2.10.0-gpu-py313-cu130'],
    ['ml.g6e.xlarge', 'L40S', '2.10.0-gpu-py313-cu130'],
    ['ml.p5.48xlarge', 'H100', '2.10.0-gpu-py313-cu130'],
    ['ml.p5en.48xlarge', 'H200', '2.10.0-gpu-py313-cu130'],
    ['ml.p6-b200.48xlarge', 'B200', '2.10.0-gpu-py313-cu130'],
    ['ml.c7i.large', undefined, '2.10.0-cpu-py313'],
  ])('on %s has code for its %s', (name, gpu, tag) => {
    expect(trainingType(name)?.gpu?.name).toBe(gpu);
    expect(imageOf(undefined, 'us-east-1', type(name))).toMatch(
      `/pytorch-training:${tag}-ubuntu22.04-sagemaker`,
    );
  });

  it('is the one for GPUs where the type is not known', () => {
    expect(imageOf(undefined, 'us-east-1', type('ml.new9.xlarge'))).toContain('-gpu-');
  });

  it('is asked for where AWS’s own are not known', () => {
    expect(() => imageOf(undefined, 'xx-east-1', m5)).toThrow(/trainyard\.aws\.image: xx-east-1/);
  });
});

describe('an image that the job names', () => {
  const ecr = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/mine/train:1';
  const cases: Readonly<Record<string, string>> = {
    [ecr]: ecr,
    pytorch: 'pytorch-training:2.10.0-gpu-py313-cu130-ubuntu22.04-sagemaker',
    'pytorch:2.8': 'pytorch-training:2.8.0-gpu-py312-cu129-ubuntu22.04-sagemaker',
    'pytorch:2.10': 'pytorch-training:2.10.0-gpu-py313-cu130-ubuntu22.04-sagemaker',
    'pytorch:2.9': 'pytorch-training:2.9.0-gpu-py312-cu130-ubuntu22.04-sagemaker',
    'pytorch:2.7.1': 'pytorch-training:2.7.1-gpu-py312-cu128-ubuntu22.04-sagemaker',
    tensorflow: 'tensorflow-training:2.19.0-gpu-py312-cu125-ubuntu22.04-sagemaker',
  };
  test.each(Object.entries(cases))('%s', (image, wanted) => {
    expect(imageProblem(image)).toBeUndefined();
    expect(imageOf(image, 'us-east-1', g5).replace('763104351884.dkr.ecr.us-east-1.amazonaws.com/', '')).toBe(
      wanted,
    );
  });

  test.each([
    ['ubuntu:24.04', /Amazon ECR only/],
    ['public.ecr.aws/docker/library/python:3', /Amazon ECR only/],
    ['pytorch:1.13', /2\.9\.0, 2\.8\.0/],
    ['toString', /Amazon ECR only/],
    ['', /Amazon ECR only/],
  ])('%s can’t be pulled', (image, why) => {
    expect(imageProblem(image)).toMatch(why);
    expect(() => imageOf(image, 'us-east-1', g5)).toThrow(why);
  });

  it.each([
    ['image_id: docker:a/b:1', 'a/b:1'],
    ['image_id: {us-east-1: docker:east, eu-west-1: docker:west}', 'east'],
    ['image_id: {docker: c:1}', 'c:1'],
    ['image_id: ami-0123456789', undefined],
    ['cpus: 4', undefined],
  ])('stands in image_id: %s', (resources, image) => {
    const { spec } = readJob(`run: a\nresources: {infra: aws, ${resources}}`);
    const [candidate] = spec.resources.candidates;
    expect(candidate && namedImage(undefined, candidate, 'us-east-1')).toBe(image);
    expect(candidate && namedImage('own', candidate, 'us-east-1')).toBe('own');
  });
});
