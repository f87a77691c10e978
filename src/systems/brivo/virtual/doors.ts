/** The sites and doors of a Brivo account. */
import { doorOf } from '../../kit/virtual/model.ts'
import { SystemState } from '../../kit/virtual/state.ts'
import type { Ledger } from './ledger.ts'
import { model, SITE } from './model.ts'
import { Refusal, SCHEDULE, type Wire } from './words.ts'

export class Doors {
  readonly #ledger: Ledger
  readonly #state: SystemState

  constructor(ledger: Ledger) {
    this.#ledger = ledger
    this.#state = new SystemState(model, ledger.host)
  }

  sites(): Wire[] {
    return [{ id: SITE.id, siteName: SITE.siteName }]
  }

  site(id: number): Wire {
    if (id !== SITE.id) throw new Refusal(404, 'Site not found')
    return { ...SITE }
  }

  schedules(filter: ReadonlyMap<string, string>): Wire[] {
    return filter.get('editable') === 'true' ? [] : [{ ...SCHEDULE }]
  }

  async accessPoints(): Promise<Wire[]> {
    const { entrances } = await this.#state.read(this.#ledger.records)
    return entrances.map((door) => ({
      id: Number(door.external_id),
      name: door.display_name,
      controlPanelId: 90,
      siteId: SITE.id,
      siteName: SITE.siteName,
      activationEnabled: door.can_unlock_with.cloud_key,
      twoFactorEnabled: false,
    }))
  }

  async has(id: number): Promise<boolean> {
    return (await this.accessPoints()).some((door) => door['id'] === id)
  }

  /** Opens a door at the administrator's request: nobody's permission is asked. */
  async activate(id: number): Promise<void> {
    const door = doorOf(model, String(id))
    if (door === undefined || !(await this.has(id))) throw new Refusal(404, 'Unknown Access Point')
    if (!door.can_unlock_with.cloud_key) throw new Refusal(403, 'You are not allowed to perform that action')
    const { is_online, privacy_mode } = await this.#ledger.records.change((open) => this.#state.doorState(open, door))
    if (!is_online) throw new Refusal(412, 'Access point is not connected')
    if (privacy_mode) throw new Refusal(403, 'The access point is in privacy mode')
  }
}
