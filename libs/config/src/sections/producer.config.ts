import { list } from '../schema/collection-types.js';
import { bool, bytes, duration, integer, oneOf, text, textLike } from '../schema/scalar-types.js';
import { Section, Setting } from '../schema/setting.decorator.js';
import { BIND_ADDRESS, EXTENSION, JOB_KIND, NOT_EMPTY, QUEUE_NAME } from './patterns.js';

/** `producer.http`: jobs over HTTP. */
class ProducerHttpConfig {
  @Setting(bool(), 'Accept jobs over HTTP')
  readonly enabled: boolean = true; // on loopback only, as bind says

  @Setting(textLike(BIND_ADDRESS, 'an address without a port'), 'Address to listen on')
  readonly bind: string = '127.0.0.1'; // this machine only

  @Setting(integer({ min: 1, max: 65_535 }), 'Port to listen on')
  readonly port: number = 8_080; // the usual one

  @Setting(oneOf('token', 'off'), '`token`: as bearer_token_file says; `off`: whoever reaches the port may send jobs')
  readonly auth: 'token' | 'off' = 'token'; // an open door must be written out

  @Setting(text(), 'File with the token that clients must send; may be empty when bind is loopback')
  readonly bearerTokenFile: string = ''; // none needed on loopback

  @Setting(list({ items: 'kinds of jobs', pattern: JOB_KIND }), 'The kinds that are accepted; empty: all')
  readonly kinds: readonly string[] = []; // the workers decide what they can do

  @Setting(bytes({ min: 1_024, max: 67_108_864 }), 'Largest body of a request that is not NDJSON')
  readonly maxBodyBytes: number = 1_048_576; // a batch of 1,000 jobs of 1 KiB

  @Setting(integer({ min: 1, max: 100_000 }), 'Connections at once; more are closed at once')
  readonly maxConnections: number = 512; // each may hold one body
}

/** `producer`: where jobs come from. */
export class ProducerConfig {
  @Section(ProducerHttpConfig)
  readonly http: ProducerHttpConfig = new ProducerHttpConfig();

  @Setting(text(), 'Folder to scan, one job a file; empty: none')
  readonly scanDir: string = ''; // no folder of yours is a good guess

  @Setting(bool(), 'Keep following the folder after the scan')
  readonly watch: boolean = false; // one scan, then done

  @Setting(duration({ min: '10ms' }), 'How long a file must stay the same before a watching producer takes it')
  readonly stableForMs: number = 2_000; // longer than the pauses of most writers

  @Setting(duration({ min: '100ms' }), 'Pause between two walks that find what the watching was not told of')
  readonly rescanIntervalMs: number = 60_000; // reads the folder, asks Redis nothing about what is known

  @Setting(textLike(JOB_KIND, 'the kind of a job, such as file.digest'), 'Kind of the jobs made from files')
  readonly kind: string = 'file.digest'; // the handler that is built in

  @Setting(list({ items: 'glob patterns', pattern: NOT_EMPTY, minSize: 1 }), 'Files to take, below the folder')
  readonly includeGlobs: readonly string[] = ['**/*']; // all

  @Setting(list({ items: 'glob patterns', pattern: NOT_EMPTY }), 'Files to leave out, also when they are included')
  readonly excludeGlobs: readonly string[] = ['**/*.tmp', '**/.DS_Store']; // half-written and desktop litter

  @Setting(bool(), 'Follow symbolic links')
  readonly followSymlinks: boolean = false; // a link may lead out of the folder, or in a circle

  @Setting(textLike(QUEUE_NAME, 'the name of a queue'), 'Queue of the files that are not in high_priority_exts')
  readonly defaultPriority: string = 'low'; // files can wait

  @Setting(
    list({ items: 'extensions with their dot', pattern: EXTENSION }),
    'Extensions of the files that go to the first queue',
  )
  readonly highPriorityExts: readonly string[] = ['.pdf', '.docx', '.xlsx', '.zip']; // somebody waits for documents

  @Setting(integer({ min: 0, max: 1_000_000 }), 'Jobs a second of all producers together; 0: no limit')
  readonly rateLimitPerSec: number = 100; // a first scan of a large folder does not bury the workers
}
