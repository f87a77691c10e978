/** The groups of a Brivo account: the doors that they open, and who is in them. */
import { KIND, isLive } from '../../kit/virtual/records.ts'
import type { Doors } from './doors.ts'
import { liveGroups, liveUser, type Ledger } from './ledger.ts'
import {
  contains,
  groupName,
  groupOnWire,
  permissionOnWire,
  Refusal,
  SCHEDULE,
  type BrivoGroup,
  type BrivoUser,
  type Wire,
} from './words.ts'

const MOST_GROUPS = 16

export class Groups {
  readonly #ledger: Ledger
  readonly #doors: Doors

  constructor(ledger: Ledger, doors: Doors) {
    this.#ledger = ledger
    this.#doors = doors
  }

  async list(filter: ReadonlyMap<string, string>): Promise<Wire[]> {
    const groups = (await this.#ledger.records.list<BrivoGroup>(KIND.group)).filter(isLive)
    return groups
      .filter((group) => contains(group.name, filter.get('name')))
      .map(({ external_id, name }) => ({
        id: Number(external_id),
        name,
      }))
  }

  async get(id: number): Promise<Wire> {
    const group = await this.#ledger.records.get<BrivoGroup>(KIND.group, String(id))
    if (!isLive(group)) throw new Refusal(404, 'Group not found')
    return groupOnWire(group)
  }

  add(name: unknown): Promise<Wire> {
    return this.#ledger.records.change(async (open) => {
      const group: BrivoGroup = {
        external_id: String(await this.#ledger.newId(open)),
        reference: null,
        name: groupName(name),
        entrance_ids: [],
        starts_at: null,
        ends_at: null,
        applied: [],
        is_deleted: false,
      }
      open.put(KIND.group, group.external_id, group)
      return groupOnWire(group)
    })
  }

  put(id: number, body: Wire): Promise<Wire> {
    return this.#ledger
      .change<BrivoGroup>(KIND.group, id, 'Group not found', (group) => ({
        ...group,
        name: groupName(body['name']),
        flags: {
          keypadUnlock: body['keypadUnlock'] === true,
          immuneToAntipassback: body['immuneToAntipassback'] === true,
          excludedFromLockdown: body['excludedFromLockdown'] === true,
        },
      }))
      .then(groupOnWire)
  }

  async delete(id: number): Promise<void> {
    await this.#ledger.change<BrivoGroup>(KIND.group, id, 'Group not found', (group) => ({
      ...group,
      is_deleted: true,
    }))
  }

  async permissions(id: number): Promise<Wire[]> {
    const group = await this.#ledger.records.get<BrivoGroup>(KIND.group, String(id))
    if (!isLive(group)) throw new Refusal(404, 'Group not found')
    return group.entrance_ids.map((entrance) => permissionOnWire(entrance))
  }

  async permit(id: number, doorId: number, body: Wire): Promise<Wire> {
    const schedule = (body['schedule'] as { id?: unknown } | undefined)?.id
    if (schedule === undefined) throw new Refusal(400, 'The request body is not formatted properly')
    if (schedule !== SCHEDULE.id) throw new Refusal(404, 'The requested resource was not found.')
    if (!(await this.#doors.has(doorId))) throw new Refusal(404, 'Unknown Access Point')
    const entrance = String(doorId)
    await this.#ledger.change<BrivoGroup>(KIND.group, id, 'Group not found/ Unknown Group', (group) =>
      group.entrance_ids.includes(entrance) ? group : { ...group, entrance_ids: [...group.entrance_ids, entrance] },
    )
    return permissionOnWire(entrance)
  }

  async forbid(id: number, doorId: number): Promise<void> {
    const entrance = String(doorId)
    await this.#ledger.change<BrivoGroup>(KIND.group, id, 'Group not found/ Unknown Group', (group) => ({
      ...group,
      entrance_ids: group.entrance_ids.filter((one) => one !== entrance),
    }))
  }

  async members(id: number): Promise<Wire[]> {
    const group = await this.#ledger.records.get<BrivoGroup>(KIND.group, String(id))
    if (!isLive(group)) throw new Refusal(404, 'Group not found')
    const users = (await this.#ledger.records.list<BrivoUser>(KIND.user)).filter(isLive)
    return users
      .filter((user) => user.group_ids.includes(group.external_id))
      .map((user) => ({
        id: Number(user.external_id),
        externalId: user.wire.externalId,
        firstName: user.wire.firstName,
        lastName: user.wire.lastName,
        suspended: user.is_suspended,
      }))
  }

  join(id: number, userId: number): Promise<void> {
    return this.#ledger.records.change(async (open) => {
      const user = await liveUser(open, userId)
      const groups = await liveGroups(open, user)
      if (!isLive(await open.get<BrivoGroup>(KIND.group, String(id)))) throw new Refusal(404, 'Group not found')
      const joined = groups.map((group) => group.external_id)
      if (joined.includes(String(id))) return
      if (joined.length >= MOST_GROUPS) throw new Refusal(400, 'Invalid criteria provided')
      open.put(KIND.user, user.external_id, { ...user, group_ids: [...joined, String(id)] })
    })
  }

  async leave(id: number, userId: number): Promise<void> {
    await this.#ledger.change<BrivoUser>(KIND.user, userId, 'User not found', (user) => ({
      ...user,
      group_ids: user.group_ids.filter((one) => one !== String(id)),
    }))
  }
}
