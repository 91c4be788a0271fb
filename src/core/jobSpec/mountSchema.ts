import * as z from 'zod';
import { caseless, fields, section, size } from './schemaParts';

export const stores = [
  's3',
  'gcs',
  'azure',
  'r2',
  'ibm',
  'oci',
  'nebius',
  'coreweave',
  'vastdata',
  'hf',
  'volume',
];

const rcloneSize = z.string().regex(/^[0-9]+[bkmgtpBKMGTP]?$/, 'Expected a size such as 64M or 10G');
const rcloneTime = z
  .string()
  .regex(
    /^(?:(?:[-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:ms|[smhdwMy]))+|[-+]?(?:\d+(?:\.\d+)?|\.\d+))$/,
    'Expected a time such as 10s or 1h',
  );

/** A bucket that is mounted or copied. */
export const storageSchema = section({
  name: z.string().meta({ description: 'Name of the bucket.' }),
  source: z
    .union([z.string(), z.array(z.string()).min(1)])
    .meta({ description: 'Local folders to upload, or a bucket’s URL.', examples: ['s3://bucket/path'] }),
  store: caseless(stores).meta({ description: 'Which kind of storage.', examples: stores }),
  persistent: z.boolean().meta({ description: 'Keep the bucket when the job ends.', default: true }),
  mode: caseless(['mount', 'copy', 'mount_cached']).meta({
    description: 'Mount the bucket, or copy it to the disk first.',
    default: 'MOUNT',
    examples: ['MOUNT', 'COPY', 'MOUNT_CACHED'],
  }),
  type: caseless(['model_checkpoint_ro', 'model_checkpoint_rw', 'dataset_ro', 'dataset_rw']).meta({
    description: 'What is in it; only with `mode: MOUNT_CACHED`.',
  }),
  config: z
    .looseObject({
      disk_size: size.optional().meta({ description: 'Size in GB.' }),
      disk_tier: z.string().optional().meta({ description: 'Speed of the disk.' }),
      storage_type: z.string().optional().meta({ description: 'network or instance.' }),
      attach_mode: z.string().optional().meta({ description: 'read_only or read_write.' }),
      mount_cached: fields({
        transfers: z.int().min(1).meta({ description: 'Uploads at a time.' }),
        buffer_size: rcloneSize.meta({ description: 'Memory for each open file.' }),
        vfs_cache_max_size: rcloneSize.meta({ description: 'Most disk for the cache.' }),
        vfs_cache_max_age: rcloneTime.meta({ description: 'How long a file stays in the cache.' }),
        vfs_read_ahead: rcloneSize.meta({ description: 'How much to read ahead.' }),
        vfs_read_chunk_size: rcloneSize.meta({ description: 'How much to read at a time.' }),
        vfs_read_chunk_streams: z.int().min(0).meta({ description: 'Reads at a time.' }),
        vfs_write_back: rcloneTime.meta({ description: 'How long to wait before a file is uploaded.' }),
        read_only: z.boolean().meta({ description: 'Allow no writes.' }),
      })
        .optional()
        .meta({ description: 'Settings of `mode: MOUNT_CACHED`.' }),
      mount: fields({
        read_only: z.boolean().meta({ description: 'Allow no writes.' }),
        hf_mount_args: z
          .array(z.string())
          .meta({ description: 'Further arguments for mounting from Hugging Face.' }),
      })
        .optional()
        .meta({ description: 'Settings of `mode: MOUNT`.' }),
    })
    .meta({ description: 'Settings of the mount.' }),
  _is_sky_managed: z.boolean(),
  _bucket_sub_path: z.string(),
  _force_delete: z.boolean(),
});
