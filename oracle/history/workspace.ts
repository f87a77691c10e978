/** A fresh sandbox workspace with a frozen clock, and what is in it. */
import { SYSTEMS, type SystemFacts } from '../model/systems.ts'
import type { Answer } from './client.ts'
import type { Target } from './target.ts'

/** When every history begins. */
export const EPOCH = Date.parse('2030-03-04T12:00:00.000Z')

/** An answer that no history can explain: the server is broken, or away. */
export class ServerFailure extends Error {}

export class Workspace {
  readonly #target: Target
  readonly #workspaceId: string
  /** The systems that the sandbox really has and the model knows. */
  readonly systems: readonly SystemFacts[]
  readonly #systemIds = new Map<string, string>()
  readonly #doorIds = new Map<string, string>()
  readonly #doorNames = new Map<string, string>()
  readonly #encoderIds = new Map<string, string>()
  readonly #groups = new Map<string, { id: string; doors: readonly string[] | null }>()
  #pools = new Map<string, string[]>()

  private constructor(target: Target, workspaceId: string, systems: readonly SystemFacts[]) {
    this.#target = target
    this.#workspaceId = workspaceId
    this.systems = systems
  }

  static async open(target: Target): Promise<Workspace> {
    const { client } = target
    const made = await client.post(
      '/workspaces/create',
      { name: 'Oracle', company_name: 'Oracle', is_sandbox: true },
      null,
    )
    if (made.status !== 200) throw new ServerFailure(`/workspaces/create answered ${JSON.stringify(made)}`)
    const workspaceId = (made.body['workspace'] as { workspace_id: string }).workspace_id
    const call = (path: string, body: object) => client.post(path, body, workspaceId)
    const [, listed, entrances] = await Promise.all([
      call('/sandbox/clock/freeze', { now: new Date(EPOCH).toISOString() }),
      call('/acs/systems/list', {}),
      call('/acs/entrances/list', {}),
    ])
    const found = listed.body['acs_systems'] as { acs_system_id: string; external_type: string }[]
    const systems = SYSTEMS.filter((system) => found.some((one) => one.external_type === system.externalType))
    const workspace = new Workspace(target, workspaceId, systems)
    for (const { acs_system_id, external_type } of found) {
      const system = systems.find(({ externalType }) => externalType === external_type)
      if (system !== undefined) workspace.#systemIds.set(system.provider, acs_system_id)
    }
    const providerById = new Map([...workspace.#systemIds].map(([provider, id]) => [id, provider]))
    const doors = entrances.body['acs_entrances'] as {
      acs_entrance_id: string
      acs_system_id: string
      display_name: string
    }[]
    for (const { acs_entrance_id, acs_system_id, display_name } of doors) {
      const label = `${providerById.get(acs_system_id)}/${display_name}`
      workspace.#doorIds.set(label, acs_entrance_id)
      workspace.#doorNames.set(acs_entrance_id, label)
    }
    const ids = [...workspace.#systemIds.values()]
    const [encoders, groups] = await Promise.all([
      call('/acs/encoders/list', { acs_system_ids: ids }),
      call('/acs/access_groups/list', {}),
    ])
    for (const one of encoders.body['acs_encoders'] as {
      acs_encoder_id: string
      acs_system_id: string
      display_name: string
    }[])
      workspace.#encoderIds.set(`${providerById.get(one.acs_system_id)}/${one.display_name}`, one.acs_encoder_id)
    for (const one of groups.body['acs_access_groups'] as {
      acs_access_group_id: string
      acs_system_id: string
      display_name: string
    }[])
      workspace.#groups.set(`${providerById.get(one.acs_system_id)}/${one.display_name}`, {
        id: one.acs_access_group_id,
        doors: null,
      })
    return workspace
  }

  call(path: string, body: object): Promise<Answer> {
    return this.#target.client.post(path, body, this.#workspaceId)
  }

  /** @throws ServerFailure unless the answer is 200 */
  async must(path: string, body: object): Promise<Answer['body']> {
    const answer = await this.call(path, body)
    if (answer.status !== 200)
      throw new ServerFailure(
        `${path} answered ${answer.status} ${JSON.stringify(answer.body)} to ${JSON.stringify(body)}`,
      )
    return answer.body
  }

  systemId(provider: string): string | undefined {
    return this.#systemIds.get(provider)
  }

  doorId(door: string): string | undefined {
    return this.#doorIds.get(door)
  }

  doorName(id: string): string | undefined {
    return this.#doorNames.get(id)
  }

  /** Null unless the sandbox has all of them. */
  doorIds(doors: readonly string[]): string[] | null {
    const ids = doors.map((door) => this.#doorIds.get(door))
    return ids.every((id) => id !== undefined) ? ids : null
  }

  encoderId(encoder: string): string | undefined {
    return this.#encoderIds.get(encoder)
  }

  /** One of the maker's own groups, with its doors. */
  async group(group: string): Promise<{ id: string; doors: readonly string[] } | null> {
    const found = this.#groups.get(group)
    if (found === undefined) return null
    if (found.doors === null) {
      const { acs_entrances } = await this.must('/acs/access_groups/list_accessible_entrances', {
        acs_access_group_id: found.id,
      })
      found.doors = (acs_entrances as { acs_entrance_id: string }[]).flatMap(
        ({ acs_entrance_id }) => this.#doorNames.get(acs_entrance_id) ?? [],
      )
    }
    return { id: found.id, doors: found.doors }
  }

  /** The numbers of the registered cards that a system has from the start, in order. */
  async pool(provider: string): Promise<readonly string[]> {
    let pool = this.#pools.get(provider)
    if (pool === undefined) {
      const { cards } = await this.must('/sandbox/cards/list', { acs_system_id: this.#systemIds.get(provider) })
      pool = (cards as { card_number: string }[]).map(({ card_number }) => card_number).sort()
      this.#pools.set(provider, pool)
    }
    return pool
  }

  /** The card with this number. */
  async cardId(provider: string, number: string): Promise<string | undefined> {
    const { cards } = await this.must('/sandbox/cards/list', { acs_system_id: this.#systemIds.get(provider) })
    return (cards as { card_id: string; card_number: string }[]).find(({ card_number }) => card_number === number)
      ?.card_id
  }
}
