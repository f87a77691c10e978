/** A page of 100 users at a million rows beside the same page at a thousand: two servers, in the same rounds. */
import { load } from '../load.ts'
import { start } from '../processes.ts'
import { caller, ensure, KEY, median, settings, anySystem, tell, withDatabase, type BenchPaths } from '../server.ts'
import type { Rounds } from './throughput.ts'

const SIZES = [1000, 1_000_000] as const
const PAGE = 100
/** So many pages are gone through to one that is deep in the list. */
const DEEP = 500

export async function measureListPages(paths: BenchPaths, { rounds, seconds }: Rounds): Promise<void> {
  await using small = await filled(paths, SIZES[0])
  await using large = await filled(paths, SIZES[1])
  const run = async ({ port, acs_system_id, cursors }: Filled, isDeep: boolean): Promise<number> => {
    const bodies = (isDeep ? cursors : [null]).map((page_cursor) =>
      JSON.stringify({ acs_system_id, limit: PAGE, ...(page_cursor === null ? {} : { page_cursor }) }),
    )
    const { p50 } = ensure(
      await load({
        ...{ port, path: '/acs/users/list', connections: 4, durationMs: seconds * 1000 },
        key: KEY,
        body: (n) => bodies[n % bodies.length] ?? '',
      }),
    )
    return p50
  }
  for (const isDeep of [false, true]) {
    await run(small, isDeep)
    await run(large, isDeep)
    const ratios: number[] = []
    const times: [number, number][] = []
    for (let round = 0; round < rounds; round++) {
      const [few, many] = [await run(small, isDeep), await run(large, isDeep)]
      ratios.push(many / few)
      times.push([few, many])
    }
    const of = (which: 0 | 1): string => median(times.map((pair) => pair[which])).toFixed(1)
    tell(
      `list page of 100 at 1,000,000 rows / 1,000, ${isDeep ? `page ${DEEP}` : 'page 1'}`,
      `${median(ratios).toFixed(2)} (${of(1)} / ${of(0)} ms)`,
      '<= 1.2',
    )
  }
}

interface Filled extends AsyncDisposable {
  port: number
  acs_system_id: string
  /** Where the deepest pages begin. */
  cursors: string[]
}

/** A server whose access system has so many users. */
async function filled(paths: BenchPaths, count: number): Promise<Filled> {
  const env = settings(paths, `list-${count}`)
  const server = await start(paths.server, [], { ...env, LOCKSTITCH_ROLES: 'api' })
  const call = caller(server)
  const acs_system_id = await anySystem(call)
  await withDatabase(env, async (client) => {
    // Rows that are there already: triggers that tell of changes have nothing to tell.
    await client.query(`SET session_replication_role = replica`)
    await client.query(
      `INSERT INTO acs_user (workspace_id, acs_user_id, acs_system_id, connected_account_id, full_name, email_address,
                             is_managed, reported, created_at)
       SELECT s.workspace_id, gen_random_uuid(), s.acs_system_id, s.connected_account_id, 'User ' || n,
              'user' || n || '@example.com', true, '{}', now() - n * interval '1 second'
         FROM acs_system s, generate_series(1, $2::int) n WHERE s.acs_system_id = $1`,
      [acs_system_id, count],
    )
    await client.query('VACUUM ANALYZE acs_user')
  })
  const cursors: string[] = []
  let page_cursor: string | null = null
  for (let page = 0; page < Math.min(DEEP, count / PAGE - 1); page++) {
    const { pagination }: { pagination: { next_page_cursor: string } } = await call('/acs/users/list', {
      ...{ acs_system_id, limit: PAGE },
      ...(page_cursor === null ? {} : { page_cursor }),
    })
    page_cursor = pagination.next_page_cursor
    cursors.push(page_cursor)
  }
  return {
    port: server.port,
    acs_system_id,
    cursors: cursors.slice(-3),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
