import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RUN_ID, soundFiles, stored, storeFiles, withHeader } from './stored-files.ts';
import type { Stranger, StrangerPlace } from './stranger.ts';

const OTHER_ID = '2026-01-03T03-04-05Z-small-678abc';
const RENDERED = /^runs\/[^/]+\/(report\.html|summary\.md|findings\.json|trials\.csv)$/;

/** Two runs that differ in their kernel. */
async function twoKernels(place: StrangerPlace): Promise<undefined> {
  await storeFiles(place, soundFiles());
  await storeFiles(place, soundFiles('6.18.0', OTHER_ID), OTHER_ID);
}

const COMPARE = ['compare', RUN_ID, OTHER_ID, '--by', 'kernel', '--runs-dir', 'runs'] as const;
const PUBLISH = ['publish', '--runs', 'runs', '--to'] as const;

/** Places that nothing can be made in: refused at once with exit 3, and never the end of the world. */
const nowhere = (what: string, words: readonly string[], prepare?: Stranger['prepare']): Stranger => ({
  what,
  words,
  ...(prepare === undefined ? {} : { prepare }),
  exitCode: 3,
  says: ['/proc/'],
  saysNot: ['fault of the program'],
});

const REPORT_ROWS: readonly Stranger[] = [
  {
    what: 'renders a run of another place by its id',
    words: ['report', RUN_ID, '--runs-dir', 'runs'],
    prepare: stored(),
    exitCode: 0,
    says: [`runs/${RUN_ID}/report.html`],
    mayLeave: RENDERED,
  },
  {
    what: 'renders the latest of another place',
    words: ['report', 'latest', '--runs-dir', 'runs'],
    prepare: twoKernels,
    exitCode: 0,
    says: [`runs/${OTHER_ID}/report.html`],
    mayLeave: RENDERED,
  },
  {
    what: 'renders a run by the path of its journal',
    words: ['report', `runs/${RUN_ID}/trials.ndjson`],
    prepare: stored(),
    exitCode: 0,
    says: ['report.html'],
    mayLeave: RENDERED,
  },
  {
    what: 'renders into another place',
    words: ['report', `runs/${RUN_ID}`, '--to', 'a new place/x'],
    prepare: stored(),
    exitCode: 0,
    says: ['a new place/x/report.html'],
  },
  {
    what: 'renders a run that may not be written to',
    words: ['report', `runs/${RUN_ID}`],
    as: 'ordinary',
    needsRoot: true,
    prepare: stored(undefined, async (directory) => void (await chmod(directory, 0o555))),
    exitCode: 3,
    says: ['may not write', `npm run report -- /`, `${RUN_ID} --to /`],
  },
  {
    what: 'renders a run that may not be written to, elsewhere',
    words: ['report', `runs/${RUN_ID}`, '--to', 'elsewhere'],
    as: 'ordinary',
    needsRoot: true,
    prepare: stored(undefined, async (directory) => void (await chmod(directory, 0o555))),
    exitCode: 0,
    says: ['elsewhere/report.html'],
  },
  {
    what: 'renders a run that may not be read',
    words: ['report', `runs/${RUN_ID}`],
    as: 'ordinary',
    needsRoot: true,
    prepare: stored(undefined, async (directory) => void (await chmod(join(directory, 'run.json'), 0o000))),
    exitCode: 3,
    says: ['may not read', 'run.json'],
  },
  {
    what: 'renders into another run',
    words: ['report', RUN_ID, '--runs-dir', 'runs', '--to', `runs/${OTHER_ID}`],
    prepare: twoKernels,
    exitCode: 2,
    says: ['the directory of another run'],
  },
  {
    what: 'renders into a file',
    words: ['report', RUN_ID, '--runs-dir', 'runs', '--to', `runs/${RUN_ID}/run.json`],
    prepare: stored(),
    exitCode: 3,
    says: ['something else stands there'],
  },
  {
    what: 'renders into no place',
    words: ['report', RUN_ID, '--runs-dir', 'runs', '--to', ''],
    prepare: stored(),
    exitCode: 2,
    says: ['--to is empty'],
  },
  {
    what: 'looks for runs in no place',
    words: ['report', 'latest', '--runs-dir', ''],
    exitCode: 2,
    says: ['--runs-dir is empty'],
  },
  { what: 'renders a run with no name', words: ['report', ''], exitCode: 2, says: ['"" is no run'] },
  {
    what: 'renders the latest where there is none',
    words: ['report', 'latest', '--runs-dir', 'runs'],
    exitCode: 2,
    says: ['there is no run in', /npm run bench -- --scenario smoke --runs-dir \/.*runs/],
  },
  {
    what: 'renders the latest of a file',
    words: ['report', 'latest', '--runs-dir', 'file'],
    prepare: async ({ directory }) => void (await writeFile(join(directory, 'file'), '')),
    exitCode: 2,
    says: ['is no directory'],
  },
  {
    what: 'renders the directory that runs are in',
    words: ['report', 'runs'],
    prepare: stored(),
    exitCode: 2,
    says: ['is no run, but holds one', `runs/${RUN_ID}`],
  },
  nowhere('renders into /proc', ['report', RUN_ID, '--runs-dir', 'runs', '--to', '/proc/x'], stored()),
  {
    what: 'renders a run that was interrupted while it wrote, and is told how to go on',
    words: ['report', RUN_ID, '--runs-dir', 'runs', '--to', 'out'],
    prepare: stored((files) => ({
      ...withHeader(files, { status: 'interrupted' }),
      journal: files.journal.slice(0, -30),
    })),
    exitCode: 0,
    says: ['out/report.html'],
  },
  {
    what: 'goes on with a run that is complete, and is told its whole path',
    words: ['bench', '--resume', RUN_ID, '--runs-dir', 'runs'],
    prepare: stored(),
    exitCode: 2,
    says: ['is complete', new RegExp(`npm run report -- /.*/runs/${RUN_ID}`)],
  },
  {
    what: 'goes on with a run and another scenario, and is told its whole path',
    words: ['bench', '--resume', RUN_ID, '--scenario', 'smoke', '--runs-dir', 'runs'],
    prepare: stored((files) => withHeader(files, { status: 'interrupted' })),
    exitCode: 2,
    says: [new RegExp(`npm run bench -- --resume /.*/runs/${RUN_ID}`)],
  },
  {
    what: 'goes on with a damaged run',
    words: ['bench', '--resume', RUN_ID, '--runs-dir', 'runs'],
    prepare: stored((files) => ({ ...files, journal: 'x\n{}\n' })),
    exitCode: 4,
    says: ['trials.ndjson:1: is not JSON'],
  },
  {
    what: 'goes on with a run that is not there',
    words: ['bench', '--resume', 'nope', '--runs-dir', 'runs'],
    prepare: stored(),
    exitCode: 2,
    says: ['"nope" is no run', RUN_ID],
  },
];

const COMPARE_ROWS: readonly Stranger[] = [
  {
    what: 'compares two kernels',
    words: COMPARE,
    prepare: twoKernels,
    exitCode: 0,
    says: ['2 kernels compared', '6.18.0'],
  },
  {
    what: 'compares two runs on one machine whose memory differs by 8 KiB',
    words: COMPARE,
    prepare: async (place) => {
      await twoKernels(place);
      const files = soundFiles('6.18.0', OTHER_ID);
      const { environment } = JSON.parse(files.header);
      await storeFiles(
        place,
        withHeader(files, { environment: { ...environment, memoryBytes: environment.memoryBytes - 8192 } }),
        OTHER_ID,
      );
      return undefined;
    },
    exitCode: 0,
    says: ['2 kernels compared'],
  },
  {
    what: 'compares a run with itself',
    words: ['compare', RUN_ID, RUN_ID, '--by', 'kernel', '--runs-dir', 'runs'],
    prepare: stored(),
    exitCode: 2,
    says: ['are the same run'],
  },
  {
    what: 'compares a run with a copy of itself',
    words: ['compare', RUN_ID, 'copy', '--by', 'kernel', '--runs-dir', 'runs'],
    prepare: stored(undefined, async (directory, { runs }) =>
      cp(directory, join(runs, 'copy'), { recursive: true }).then(() => undefined),
    ),
    exitCode: 2,
    says: ['are the same run'],
  },
  {
    what: 'compares one run',
    words: ['compare', RUN_ID, '--by', 'kernel', '--runs-dir', 'runs'],
    prepare: stored(),
    exitCode: 2,
    says: ['one run is nothing to compare'],
  },
  {
    what: 'compares by nothing',
    words: ['compare', RUN_ID, OTHER_ID, '--runs-dir', 'runs'],
    prepare: twoKernels,
    exitCode: 2,
    says: ['--by <axis>'],
  },
  {
    what: 'compares with a rule that cannot be read',
    words: [...COMPARE, '--fail-on', 'rtt.p50'],
    prepare: twoKernels,
    exitCode: 2,
    says: ['rtt.p50>10%'],
  },
  {
    what: 'asks to fail where nothing is asked',
    words: [...COMPARE, '--fail-on-unsure'],
    prepare: twoKernels,
    exitCode: 2,
    says: ["--fail-on 'rtt.p50>10%'"],
  },
  {
    what: 'compares a damaged run',
    words: COMPARE,
    prepare: async (place) => {
      await twoKernels(place);
      await writeFile(join(place.runs, OTHER_ID, 'trials.ndjson'), '');
      return undefined;
    },
    exitCode: 4,
    says: ['trials.ndjson:1: holds no trial'],
  },
  {
    what: 'compares by a commit that nobody knows',
    words: ['compare', RUN_ID, OTHER_ID, '--by', 'commit', '--runs-dir', 'runs'],
    prepare: twoKernels,
    exitCode: 2,
    says: ['is not known', '--force'],
  },
  nowhere('writes a comparison into /proc', [...COMPARE, '--to', '/proc/x'], twoKernels),
];

const PUBLISH_ROWS: readonly Stranger[] = [
  {
    what: 'publishes two runs',
    words: [...PUBLISH, 'site'],
    prepare: twoKernels,
    exitCode: 0,
    says: ['2 runs rendered', 'site/index.html'],
  },
  {
    what: 'publishes a damaged run among others',
    words: [...PUBLISH, 'site'],
    prepare: async (place) => {
      await twoKernels(place);
      await writeFile(join(place.runs, RUN_ID, 'trials.ndjson'), '');
      return undefined;
    },
    exitCode: 0,
    says: ['1 run rendered', `left out: `, `${RUN_ID}/trials.ndjson:1`],
  },
  {
    what: 'publishes damaged runs alone',
    words: [...PUBLISH, 'site'],
    prepare: stored((files) => ({ ...files, journal: 'x\n{}\n' })),
    exitCode: 4,
    says: ['left out: '],
  },
  {
    what: 'publishes an id that leads out of the site',
    words: [...PUBLISH, 'site'],
    prepare: stored((files) => withHeader(files, { id: '../../../home/evil' })),
    exitCode: 4,
    says: ['no name of a folder'],
  },
  {
    what: 'publishes two runs of one id',
    words: [...PUBLISH, 'site'],
    prepare: async (place) => {
      await storeFiles(place, soundFiles());
      const { header, journal } = soundFiles('6.18.0');
      await storeFiles(place, { header, journal: journal.replaceAll('2026-01-01T', '2026-01-05T') }, OTHER_ID);
      return undefined;
    },
    exitCode: 0,
    says: ['2 runs rendered', `published as ${RUN_ID}-2`],
  },
  {
    what: 'publishes from a place that is not there',
    words: ['publish', '--runs', 'nowhere', '--to', 'site'],
    exitCode: 2,
    says: ['there is no directory', 'nowhere'],
  },
  {
    what: 'publishes from a file',
    words: ['publish', '--runs', 'file', '--to', 'site'],
    prepare: async ({ directory }) => void (await writeFile(join(directory, 'file'), '')),
    exitCode: 2,
    says: ['is no directory'],
  },
  {
    what: 'publishes one run by its path',
    words: ['publish', '--runs', `runs/${RUN_ID}`, '--to', 'site'],
    prepare: stored(),
    exitCode: 2,
    says: ['is one run', '--runs /'],
  },
  {
    what: 'publishes into a file',
    words: [...PUBLISH, 'file'],
    prepare: stored(undefined, async (_, { directory }) => void (await writeFile(join(directory, 'file'), ''))),
    exitCode: 3,
    says: ['something else stands there'],
  },
  {
    what: 'publishes over a page of one’s own',
    words: [...PUBLISH, 'mine'],
    prepare: stored(undefined, async (_, { directory }) => {
      await mkdir(join(directory, 'mine'));
      await writeFile(join(directory, 'mine/index.html'), '<h1>My holidays</h1>');
      return undefined;
    }),
    exitCode: 2,
    says: ['is no page of this program'],
  },
  {
    what: 'publishes to nowhere',
    words: ['publish', '--runs', 'runs'],
    exitCode: 2,
    says: ['--to <dir>', 'npm run publish -- --help'],
  },
  nowhere('publishes into /proc', [...PUBLISH, '/proc/site'], stored()),
];

const PLACE_ROWS: readonly Stranger[] = [
  {
    ...nowhere('measures into /proc', [
      'bench',
      '--scenario',
      'smoke',
      '--modes',
      'none',
      '--runs-dir',
      '/proc/x',
      '--no-install',
    ]),
    mayLeave: /^cache\/service-routing-bench(\/runs)?$/,
  },
  {
    ...nowhere('has a cache in /proc', [
      'bench',
      '--scenario',
      'smoke',
      '--modes',
      'none',
      '--runs-dir',
      'runs',
      '--no-install',
    ]),
    env: { XDG_CACHE_HOME: '/proc/x' },
  },
  {
    what: 'cleans with everything in the cache',
    words: ['clean'],
    prepare: async ({ cache }) => {
      for (const path of [
        'kube-proxy/1.36.3-amd64',
        'kernels/debian-trixie-amd64',
        'virtme-ng-1.35',
        'compile-cache',
        'perf',
      ])
        await mkdir(join(cache, 'service-routing-bench', path), { recursive: true });
      return undefined;
    },
    exitCode: 0,
    says: ['kube-proxy/1.36.3', 'debian-trixie', 'virtme-ng-1.35', 'compile-cache', 'perf', 'npm run clean -- --yes'],
  },
  {
    what: 'cleans old runs of another place',
    words: ['clean', '--runs-dir', 'runs', '--runs-older-than', '1h'],
    prepare: stored(),
    exitCode: 0,
    says: [RUN_ID, /npm run clean -- --yes --runs-older-than 1h --runs-dir \/.*runs$/m],
  },
  {
    what: 'cleans runs of no age',
    words: ['clean', '--runs-older-than', 'old'],
    exitCode: 2,
    says: ['--runs-older-than 30d'],
  },
  { what: 'cleans where there is nothing', words: ['clean'], exitCode: 0, says: ['there is nothing to remove'] },
  {
    what: 'types a command that there is not',
    words: ['measure'],
    exitCode: 2,
    says: ['unknown command', 'bench, kernels, doctor, report'],
  },
  {
    what: 'types a word too many for report',
    words: ['report', 'latest', 'yesterday'],
    exitCode: 2,
    says: ['no use for "yesterday"'],
  },
  {
    what: 'types a scenario without its flag',
    words: ['bench', 'smoke'],
    exitCode: 2,
    says: ['no use for "smoke"', 'npm run bench -- --scenario smoke'],
  },
  {
    what: 'types a flag that report has not',
    words: ['report', 'latest', '--out', 'x'],
    exitCode: 2,
    says: ["unknown option '--out'", 'npm run report -- --help'],
  },
];

/** Places of stored runs and of what is made of them. */
export const STORED_PLACE_ROWS: readonly Stranger[] = [...REPORT_ROWS, ...COMPARE_ROWS, ...PUBLISH_ROWS, ...PLACE_ROWS];
