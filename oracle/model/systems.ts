/**
 * What each access system can do, written from the specification alone (never from a driver). One entry a system: the
 * model, the generator and the report know them from here.
 */

export type Mode = 'card' | 'code' | 'mobile_key' | 'cloud_key'

export interface DoorFacts {
  name: string
  /** An offline door reads what is on the card; an online one asks its system. */
  decides: 'card' | 'system'
  /** Takes part in stays: a newer stay ends older cards here. */
  isGuestDoor: boolean
  modes: readonly Mode[]
  /** Doors of one zone are opened together or not at all. */
  zone?: string
}

export interface SystemFacts {
  provider: string
  externalType: string
  /**
   * `person`: a credential opens what its person may open (groups). `credential`: it opens its own doors in its own
   * window, and where there are groups their doors too, outside of any stay. `nothing`: there is nothing to present.
   */
  opens: 'person' | 'credential' | 'nothing'
  doors: readonly DoorFacts[]
  /** How a card comes by its credential. */
  cards: 'encoded' | 'assigned' | 'none'
  encoders: readonly string[]
  /** Formats of a blank card that the encoders write; the first is the usual one. */
  cardFormats: readonly string[]
  /** Groups of the maker's own, as they stand in the sandbox. */
  groups: readonly string[]
  /** Cards carry a stay number, and guest doors remember the highest they have seen. */
  hasStays: boolean
  /** A guest door is granted with a reservation_key only. */
  demandsReservationKey: boolean
  /** A newer card of the same user ends his older one at a door where it is used. */
  hasUserLineage: boolean
  /** An online door brings the card that is shown there up to date. */
  refreshesCards: boolean
  /** Persons are subscribed while their time is on; nobody else opens. */
  hasSubscriptions: boolean
  /** A PIN belongs to exactly one door. */
  pinIsForOneDoor: boolean
  /** Of these a person has one at most: a further grant gets none, and says so. */
  onePerPerson: readonly Mode[]
  /** The maker knows who holds a key, so that suspending somebody reaches his phone. */
  knowsPeople: boolean
  /** Groups know no times: people are put into them when their time begins and taken out when it ends. */
  peopleJoinGroups: boolean
}

interface DoorShape {
  modes: readonly Mode[]
  decides?: 'card' | 'system'
  isGuestDoor?: boolean
  zone?: string
}

function doors(names: readonly string[], shape: DoorShape): DoorFacts[] {
  return names.map((name) => ({
    name,
    decides: shape.decides ?? 'system',
    isGuestDoor: shape.isGuestDoor ?? false,
    modes: shape.modes,
    ...(shape.zone === undefined ? {} : { zone: shape.zone }),
  }))
}

const PLAIN = {
  opens: 'person',
  cards: 'none',
  encoders: [],
  cardFormats: [],
  groups: [],
  hasStays: false,
  demandsReservationKey: false,
  hasUserLineage: false,
  refreshesCards: false,
  hasSubscriptions: false,
  pinIsForOneDoor: false,
  onePerPerson: [],
  knowsPeople: true,
  peopleJoinGroups: false,
} as const

/** Hotels whose doors are all offline: the credential carries its doors, its window and its stay. */
const HOTEL = { ...PLAIN, opens: 'credential', cards: 'encoded', hasStays: true, demandsReservationKey: true } as const

const CARD_AND_PHONE: readonly Mode[] = ['card', 'mobile_key']
const guest = (names: readonly string[], modes: readonly Mode[] = CARD_AND_PHONE): DoorFacts[] =>
  doors(names, { modes, decides: 'card', isGuestDoor: true })
const common = (names: readonly string[], modes: readonly Mode[] = CARD_AND_PHONE): DoorFacts[] =>
  doors(names, { modes, decides: 'card' })
const rooms = (...numbers: number[]): string[] => numbers.map((number) => `Room ${number}`)

export const SYSTEMS: readonly SystemFacts[] = [
  {
    ...PLAIN,
    provider: 'salto_space',
    externalType: 'salto_space_system',
    cards: 'encoded',
    doors: [
      ...guest(rooms(101, 102, 103)),
      ...doors(['Main Entrance', 'Gym'], { modes: CARD_AND_PHONE }),
      ...doors(['Parking'], { modes: ['card', 'mobile_key', 'code'] }),
    ],
    encoders: ['Front Desk', 'Back Office'],
    cardFormats: ['mifare_desfire'],
    groups: ['All Guests', 'Floor 1', 'Amenities'],
    hasStays: true,
    hasUserLineage: true,
    refreshesCards: true,
    onePerPerson: ['card', 'mobile_key'],
  },
  {
    ...PLAIN,
    provider: 'salto_ks',
    externalType: 'salto_ks_site',
    cards: 'assigned',
    doors: doors(['Front Door', 'Office', 'Gym', 'Parking'], { modes: ['card', 'code', 'mobile_key', 'cloud_key'] }),
    groups: ['Main Group', 'Amenities'],
    hasSubscriptions: true,
  },
  {
    ...HOTEL,
    provider: 'visionline',
    externalType: 'visionline_system',
    doors: [
      ...guest(['Guest Lock 1', 'Guest Lock 2', ...rooms(101, 102, 103, 104)]),
      ...common(['Vingcard Lock 1', 'Vingcard Lock 2', 'Main Entrance']),
    ],
    encoders: ['Encoder 1', 'Front Desk'],
    cardFormats: ['rfid48', 'TLCode'],
    knowsPeople: false,
  },
  {
    ...HOTEL,
    provider: 'assa_abloy_vostio',
    externalType: 'assa_abloy_vostio',
    doors: [...guest(rooms(101, 102, 103, 104)), ...common(['Lobby', 'Pool', 'Front Entrance', 'Elevator A'])],
    encoders: ['Front Desk'],
  },
  {
    ...PLAIN,
    provider: 'assa_abloy_credential_service',
    externalType: 'assa_abloy_credential_service',
    opens: 'nothing',
    doors: [],
  },
  {
    ...HOTEL,
    provider: 'dormakaba_ambiance',
    externalType: 'dormakaba_ambiance_site',
    doors: [...guest(rooms(101, 102, 103, 104)), ...common(['Lobby', 'Gym'])],
    encoders: ['Encoder 1'],
    groups: ['Guests', 'Staff'],
  },
  {
    ...HOTEL,
    provider: 'dormakaba_community',
    externalType: 'dormakaba_community_site',
    doors: [...guest([101, 102, 103, 104].map((number) => `Unit ${number}`)), ...common(['Lobby', 'Gym'])],
    encoders: ['Encoder 1'],
    groups: ['Guests', 'Staff'],
  },
  {
    ...PLAIN,
    provider: 'legic_connect',
    externalType: 'legic_connect_credential_service',
    opens: 'nothing',
    doors: [],
  },
  {
    ...HOTEL,
    provider: 'hotek',
    externalType: 'hotek_site',
    doors: [...guest(rooms(101, 102, 103, 104, 201, 202, 203, 204), ['card']), ...common(['Lobby', 'Gym'], ['card'])],
    encoders: ['Encoder 1'],
    demandsReservationKey: false,
  },
  {
    ...PLAIN,
    provider: 'brivo',
    externalType: 'brivo_account',
    cards: 'assigned',
    doors: doors(['Front Door', 'Garage', 'Suite 100'], { modes: ['code', 'card', 'cloud_key'] }),
    groups: ['Tenants', 'Staff'],
    onePerPerson: ['code'],
    peopleJoinGroups: true,
  },
  {
    ...PLAIN,
    provider: 'latch',
    externalType: 'latch_building',
    opens: 'credential',
    doors: doors(['Front Door', 'Unit 1A', 'Unit 1B', 'Gym'], { modes: ['code', 'mobile_key'] }),
    pinIsForOneDoor: true,
  },
  {
    ...PLAIN,
    provider: 'avigilon_alta',
    externalType: 'avigilon_alta_org',
    cards: 'assigned',
    doors: [
      ...doors(['Lobby', 'Loading Dock'], { modes: ['cloud_key', 'card'], zone: 'Lobby' }),
      ...doors(['Main Entrance'], { modes: ['cloud_key', 'card'], zone: 'Main Entrance' }),
    ],
    groups: ['Employees'],
  },
  {
    ...PLAIN,
    provider: 'pti',
    externalType: 'pti_site',
    cards: 'assigned',
    doors: doors(['Gate', 'Building A'], { modes: ['code', 'card'] }),
    groups: ['Building A - 3/F'],
  },
  {
    ...PLAIN,
    provider: 'akiles',
    externalType: 'akiles_organization',
    doors: doors(['Front Door', 'Roomlock 1'], { modes: ['code'] }),
    groups: ['Members'],
  },
  {
    ...PLAIN,
    provider: 'kisi',
    externalType: 'kisi_organization',
    opens: 'nothing',
    doors: doors(['Front Door', 'Office'], { modes: [] }),
    groups: ['Members'],
  },
]

const byProvider = new Map(SYSTEMS.map((system) => [system.provider, system]))

/** @throws Error for a provider that has no entry above. */
export function systemFacts(provider: string): SystemFacts {
  const system = byProvider.get(provider)
  if (system === undefined) throw new Error(`oracle/model/systems.ts has no entry for ${provider}`)
  return system
}

/** A door by its name in the model: `visionline/Room 101`. */
export function doorFacts(door: string): DoorFacts {
  const slash = door.indexOf('/')
  const found = systemFacts(door.slice(0, slash)).doors.find(({ name }) => name === door.slice(slash + 1))
  if (found === undefined) throw new Error(`oracle/model/systems.ts has no door ${door}`)
  return found
}

export function providerOf(door: string): string {
  return door.slice(0, door.indexOf('/'))
}

/**
 * The doors of `wanted` that a method of this mode covers on this system: those that can be opened so, and of a zone
 * only all of its doors together.
 */
export function covered(provider: string, mode: Mode, wanted: ReadonlySet<string>): Set<string> {
  const { doors } = systemFacts(provider)
  const label = (door: DoorFacts): string => `${provider}/${door.name}`
  const asked = doors.filter((door) => wanted.has(label(door)))
  return new Set(
    asked
      .filter(({ modes }) => modes.includes(mode))
      .filter(({ zone }) => zone === undefined || doors.every((door) => door.zone !== zone || asked.includes(door)))
      .map(label),
  )
}
