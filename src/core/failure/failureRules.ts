import { gpuMemoryReason, memoryKill, memoryKillReason, unusedReserve } from './memoryRules';

/** What a known error means and what to try. */
export interface FailureRule {
  /** Found in the error's own line, or without a traceback in one of the last lines. */
  readonly pattern: RegExp;
  /** One sentence; `undefined` keeps Python's own words. Gets the pattern's groups and the line. */
  readonly reason?: (groups: readonly (string | undefined)[], line: string) => string;
  readonly hints: (groups: readonly (string | undefined)[], line: string) => readonly string[];
  /** Whose memory ran out, where that is what it means. */
  readonly outOfMemory?: 'gpu' | 'machine';
}

/** The first that fits counts, so the more special ones stand first. */
export const failureRules: readonly FailureRule[] = [
  {
    pattern:
      /(?:CUDA|HIP|GPU) out of memory|(?:cuda\.|torch\.)OutOfMemoryError|CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED|RESOURCE_EXHAUSTED: Out of memory/i,
    outOfMemory: 'gpu',
    reason: (_, line) => gpuMemoryReason(line),
    hints: (_, line) => {
      const unused = unusedReserve(line);
      const why = unused === undefined ? 'Where memory is fragmented' : `${unused} are reserved but unused`;
      return [
        'Use a smaller batch and accumulate gradients over several.',
        'Train in bfloat16 (torch.autocast), or turn on activation checkpointing.',
        `${why}${unused === undefined ? ', ' : ': '}set PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True under envs.`,
      ];
    },
  },
  {
    pattern: memoryKill,
    outOfMemory: 'machine',
    reason: memoryKillReason,
    hints: () => memoryHints,
  },
  {
    pattern:
      /DataLoader worker .*killed by signal: Bus error|insufficient shared memory|unable to (?:open|mmap) shared memory|\/dev\/shm.*No space left/i,
    reason: () => 'The DataLoader workers ran out of shared memory (/dev/shm).',
    hints: () => ['Lower num_workers, or enlarge /dev/shm (in a container: --shm-size).'],
  },
  {
    pattern:
      /\bMemoryError\b|DefaultCPUAllocator: .*allocate|Cannot allocate memory|std::bad_alloc|DataLoader worker .*killed by signal: Killed/,
    outOfMemory: 'machine',
    reason: () => 'The machine ran out of memory.',
    hints: () => memoryHints,
  },
  {
    pattern:
      /collective operation timeout|Timed out waiting \d+ ?ms|(?:NCCL|gloo|TCPStore|DistStore|store)\b.{0,200}\btime(?:d )?-?out|wait timeout after \d+ ?ms|rendezvous.{0,100}timed? ?out|RendezvousTimeoutError/i,
    reason: () => 'A rank waited too long for another: a collective operation or the rendezvous timed out.',
    hints: () => [
      'Look in the other nodes and ranks for the one that stopped or is slow: that is the cause.',
      'All ranks must make the same collective calls; an early return or a shorter data set on one rank hangs the rest.',
      'If every rank is only slow, give init_process_group a longer timeout. For NCCL, NCCL_DEBUG=INFO under envs tells more.',
    ],
  },
  {
    // SLURM, which writes into the job's own log.
    pattern:
      /slurmstepd: error: .{0,200}(?:CANCELLED|terminated).{0,60} DUE TO (TIME LIMIT|PREEMPTION|NODE FAILURE)/,
    reason: ([why = '']) => slurmReasons[why] ?? `The cluster ended it: ${why.toLowerCase()}.`,
    hints: ([why = '']) =>
      why === 'TIME LIMIT'
        ? ['Ask for more time, and save checkpoints so that the next run goes on.']
        : ['Submit again: with checkpoints it goes on from the last one.'],
  },
  {
    pattern: /NET\/IB ?:.{0,200}|Got completion from peer.{0,200}/,
    reason: () => 'NCCL lost the InfiniBand connection to another node.',
    hints: () => [
      'Look in the other nodes for one that ended first. Where none did, a network card or its cable may be bad: submit again without that machine.',
      'NCCL_IB_DISABLE=1 under envs goes over TCP instead, slowly: it tells whether InfiniBand is at fault.',
    ],
  },
  {
    pattern: /ncclSystemError|unhandled system error/,
    reason: () => 'NCCL could not use the network between the GPUs (unhandled system error).',
    hints: () => [
      'Name the network interface that the nodes share: NCCL_SOCKET_IFNAME under envs (such as eth0), and open the ports between them.',
      'Set NCCL_DEBUG=INFO under envs and submit again: the line before the error names the call. A full /dev/shm ends like this too.',
    ],
  },
  {
    pattern: /NCCL (?:error|WARN)|ncclInternalError|ncclUnhandledCudaError|ncclInvalidUsage/,
    reason: () => 'NCCL, the communication between GPUs, failed.',
    hints: () => [
      'Set NCCL_DEBUG=INFO under envs and submit again: it names the call and the network interface.',
      'Two ranks on one GPU, or different NCCL versions on the nodes, end like this too.',
    ],
  },
  {
    pattern: /No module named '?([\w.]{1,100})'?/,
    reason: ([name = '']) => `The Python module ${name} is not installed where the job ran.`,
    hints: ([name = '']) => [
      `Add it to setup, such as: pip install ${packageOf(name)}`,
      'If it is a file of your own, it must be below workdir, and not left out by .skyignore or .gitignore.',
    ],
  },
  {
    // As dash, bash and env say it: `run.sh: 3: torchrun: not found`, `bash: line 1: torchrun: command not found`.
    pattern:
      /^(?:[^\s:]{1,200}: (?:line )?\d+|\S*sh): ([^\s:]{1,100}): (?:command )?not found|([^\s:]{1,100}): command not found|^(?:\S*\/)?env: ['‘]?([^\s:'’]{1,100})['’]?: No such file/,
    reason: (groups) => `The command ${groups.find(Boolean) ?? ''} was not found.`,
    hints: (groups) => commandHints(groups.find(Boolean) ?? ''),
  },
  {
    pattern: /^(?:[^\s:]{1,200}: (?:line )?\d+|\S*sh): ([^\s:]{1,200}): Permission denied/,
    reason: ([path = '']) => `${path} could not be executed: permission denied.`,
    hints: () => executableHints,
  },
  {
    pattern: /Segmentation fault/,
    reason: () => 'It crashed in native code (segmentation fault).',
    hints: () => crashHints,
  },
  {
    pattern: /\bNo space left on device|\[Errno 28\]|Disk quota exceeded/,
    reason: () => 'The disk is full.',
    hints: () => ['Free space, keep fewer checkpoints, or ask for a larger disk (resources.disk_size).'],
  },
  {
    pattern: /Address already in use|EADDRINUSE|\[Errno 98\]/,
    reason: () => 'A network port that the job wanted is already taken.',
    hints: () => [
      'Another job or a process that was left over may hold it. Submit again, or choose another port.',
      'torchrun takes a free port by itself from MASTER_PORT, which Trainyard sets: leave --master-port out.',
    ],
  },
  {
    pattern: /can't open file '([^']{1,300})'/,
    reason: ([path = '']) => `Python found no file ${path}.`,
    hints: () => [
      'Paths start at workdir. Check workdir, and that .skyignore or .gitignore does not leave the file out.',
    ],
  },
  {
    pattern: /FileNotFoundError:.*'([^']{1,300})'|([\w./+-]{1,200}): No such file or directory/,
    hints: () => [
      'Relative paths start at the job’s workdir. Data outside of it needs file_mounts or an absolute path.',
    ],
  },
  {
    pattern: /PermissionError|Permission denied/,
    hints: () => executableHints,
  },
  {
    pattern:
      /Torch not compiled with CUDA enabled|No CUDA GPUs are available|CUDA driver version is insufficient|Found no NVIDIA driver/,
    reason: () => 'PyTorch found no GPU that it can use.',
    hints: () => [
      'Ask for one with resources.accelerators, and run nvidia-smi in setup to see what is there.',
      'The installed PyTorch may be the CPU build, or newer than the driver.',
    ],
  },
  {
    pattern:
      /no kernel image is available|CUDA error: device-side assert|CUDA error: an illegal memory access/,
    hints: () => [
      'Set CUDA_LAUNCH_BLOCKING=1 under envs: the traceback then points at the call that failed.',
    ],
  },
  {
    pattern: /Too many open files|\[Errno 24\]/,
    reason: () => 'The job had too many files open.',
    hints: () => [
      'Close files, lower num_workers, or call torch.multiprocessing.set_sharing_strategy("file_system").',
    ],
  },
];

const slurmReasons: Readonly<Partial<Record<string, string>>> = {
  'TIME LIMIT': 'It reached the time limit of its SLURM job.',
  PREEMPTION: 'The cluster took its machines for a job of higher priority.',
  'NODE FAILURE': 'A machine of the cluster failed under the job.',
};

export const memoryHints: readonly string[] = [
  'Load data in pieces (memory-mapped or streamed), and lower num_workers and the prefetch of DataLoaders.',
  'Fewer processes a node, or a machine with more memory (resources.memory).',
];

export const crashHints: readonly string[] = [
  'Set PYTHONFAULTHANDLER=1 under envs to see where. Packages built for another CUDA or NumPy version crash like this.',
];

const executableHints: readonly string[] = [
  'Make the script executable (chmod +x), or start it with its interpreter: python train.py, sh run.sh.',
];

const packages: Readonly<Partial<Record<string, string>>> = {
  cv2: 'opencv-python-headless',
  PIL: 'Pillow',
  sklearn: 'scikit-learn',
  skimage: 'scikit-image',
  yaml: 'PyYAML',
};

function packageOf(module: string): string {
  const top = module.split('.')[0] ?? module;
  return (Object.hasOwn(packages, top) ? packages[top] : undefined) ?? top;
}

function commandHints(command: string): readonly string[] {
  if (/^(?:torchrun|accelerate|deepspeed)$/.test(command)) {
    const name = command === 'torchrun' ? 'torch' : command;
    return [
      `Install it in setup: pip install ${name}. In a virtual environment, activate it in run as well.`,
    ];
  }
  if (/^python[\d.]*$/.test(command))
    return ['Install Python on the machine, or name the one that is there (python3).'];
  return [
    'Install it in setup, or give its full path. setup and run are shells of their own: both need the same PATH.',
  ];
}
