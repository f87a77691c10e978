/**
 * What a Brivo account holds and how it behaves, over the records of the virtual building: its doors decide by the very
 * same records. Words and rules are those of the API reference (apidocs.brivo.com).
 */
import type { DriverHost } from '../../kit/driver.ts'
import type { VirtualRecords } from '../../kit/virtual.ts'
import { Cards } from './cards.ts'
import { Doors } from './doors.ts'
import { Groups } from './groups.ts'
import { Ledger } from './ledger.ts'
import { Users } from './users.ts'

export class Account {
  readonly doors: Doors
  readonly groups: Groups
  readonly users: Users
  readonly cards: Cards

  /** `isExact`: times keep their milliseconds. */
  constructor(records: VirtualRecords, host: DriverHost, isExact: boolean) {
    const ledger = new Ledger(records, host, isExact)
    this.doors = new Doors(ledger)
    this.groups = new Groups(ledger, this.doors)
    this.users = new Users(ledger)
    this.cards = new Cards(ledger)
  }
}
