/**
 * Where the doors of a system are drawn: rooms on both sides of a corridor, floor by floor, common rooms and lifts on the
 * ground floor, entrances in its front wall, gates outside. A building tells no more of itself than the names of its
 * doors; the same doors always give the same plan.
 */

export interface PlanDoor {
  id: string
  name: string
  /** It can belong to a reservation: somebody lives behind it. */
  isReservable: boolean
}

export type PlaceKind = 'room' | 'common' | 'lift' | 'entrance' | 'gate'

/** A door with the part of the plan that is behind it. */
export interface PlacedDoor {
  id: string
  name: string
  kind: PlaceKind
  x: number
  y: number
  width: number
  height: number
  /** The wall that the door is in. */
  doorSide: 'top' | 'bottom' | 'left' | 'right'
}

/** A stretch of floor with its corridor. */
export interface PlacedFloor {
  label: string
  x: number
  y: number
  width: number
  height: number
  corridor: { x: number; y: number; width: number; height: number }
}

export interface FloorPlan {
  width: number
  height: number
  floors: PlacedFloor[]
  /** In reading order: the order of the keyboard, too. */
  doors: PlacedDoor[]
}

export const ROOM_WIDTH = 124
export const ROOM_HEIGHT = 92
const CORRIDOR = 46
/** Beside the floors stands their name. */
const LABEL = 76
const GAP = 22
const MARGIN = 8

const GATE = /\b(?:parking|car ?park|garage|gate|barrier|loading dock|driveway)\b/i
const LIFT = /\b(?:elevator|lift)\b/i
const ENTRANCE = /\b(?:entrance|front door|main door|back door|side door|street door)\b/i
const NUMBERED = /^(?:.*\b)?(?:room|suite|unit|apartment|apt|flat|roomlock|door|lock)\s*#?\d|^\d+\w?$/i

const inOrder = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

export function kindOf({ name, isReservable }: Pick<PlanDoor, 'name' | 'isReservable'>): PlaceKind {
  if (isReservable) return 'room'
  if (GATE.test(name)) return 'gate'
  if (LIFT.test(name)) return 'lift'
  if (ENTRANCE.test(name)) return 'entrance'
  return NUMBERED.test(name) ? 'room' : 'common'
}

/** Room 1204 is on floor 12; a name without a number of three digits says nothing. */
export function floorOf(name: string): number | null {
  const [digits] = /\d{3,5}(?=\D*$)/.exec(name) ?? []
  return digits === undefined ? null : Math.floor(Number(digits) / 100)
}

/**
 * @param columns how many rooms fit side by side; a floor with more goes on in a further stretch
 */
export function layOut(doors: readonly PlanDoor[], columns: number): FloorPlan {
  const sorted = [...doors].sort((a, b) => inOrder.compare(a.name, b.name) || (a.id < b.id ? -1 : 1))
  const of = (...kinds: PlaceKind[]): PlanDoor[] => sorted.filter((door) => kinds.includes(kindOf(door)))
  const floors = new Map<number | null, PlanDoor[]>()
  for (const room of of('room')) {
    const floor = floorOf(room.name)
    floors.set(floor, [...(floors.get(floor) ?? []), room])
  }
  const upstairs = [...floors.keys()].filter((floor) => floor !== null).sort((a, b) => b - a)
  const plan: FloorPlan = { width: 0, height: MARGIN, floors: [], doors: [] }
  // At the ground the front wall and the yard take a column each.
  const across = Math.max(1, Math.floor(columns))
  for (const floor of upstairs) addFloor(plan, `Floor ${String(floor)}`, floors.get(floor) ?? [], across)
  const unnumbered = floors.get(null) ?? []
  const inside = [...of('lift', 'common')].sort((a, b) => rank(a) - rank(b))
  const [entrances, gates] = [of('entrance'), of('gate')]
  if (unnumbered.length > 0) addFloor(plan, upstairs.length > 0 ? 'Other rooms' : 'Rooms', unnumbered, across)
  if (inside.length + entrances.length > 0) addGround(plan, { entrances, inside }, across)
  if (gates.length > 0) addRow(plan, gates, across)
  plan.height += MARGIN - (plan.doors.length > 0 ? GAP : 0)
  plan.width += MARGIN
  return plan
}

/** Lifts stand by the corridor's beginning. */
function rank(door: PlanDoor): number {
  return kindOf(door) === 'lift' ? 0 : 1
}

/** Odd ones on one side, even ones on the other, as they are counted in most buildings: by their order. */
function addFloor(plan: FloorPlan, label: string, rooms: readonly PlanDoor[], across: number): void {
  for (let first = 0; first < rooms.length; first += across * 2) {
    const stretch = rooms.slice(first, first + across * 2)
    addStretch(plan, first === 0 ? label : `${label}, further on`, [], stretch)
  }
}

/** Entrances are doors in the front wall, at the left end of the corridor; with several of them it goes on below. */
function addGround(
  plan: FloorPlan,
  { entrances, inside }: { entrances: readonly PlanDoor[]; inside: readonly PlanDoor[] },
  across: number,
): void {
  const perStretch = Math.max(1, entrances.length > 0 ? across - 1 : across) * 2
  const stretches = Math.max(Math.ceil(inside.length / perStretch), Math.ceil(entrances.length / 2), 1)
  for (let n = 0; n < stretches; n++)
    addStretch(
      plan,
      n === 0 ? 'Ground floor' : 'Ground floor, further on',
      entrances.slice(n * 2, n * 2 + 2),
      inside.slice(n * perStretch, (n + 1) * perStretch),
    )
}

function addStretch(plan: FloorPlan, label: string, entrances: readonly PlanDoor[], rooms: readonly PlanDoor[]): void {
  const y = plan.height
  const inset = entrances.length > 0 ? ROOM_WIDTH : 0
  const x = MARGIN + LABEL + inset
  const upper = rooms.filter((_room, index) => index % 2 === 0)
  const lower = rooms.filter((_room, index) => index % 2 === 1)
  const hasLower = lower.length > 0 || entrances.length > 1
  const corridorY = y + ROOM_HEIGHT
  const width = Math.max(upper.length, lower.length, 1) * ROOM_WIDTH
  const height = ROOM_HEIGHT + CORRIDOR + (hasLower ? ROOM_HEIGHT : 0)
  plan.floors.push({
    label,
    x,
    y,
    width,
    height,
    corridor: { x, y: corridorY, width, height: CORRIDOR },
  })
  entrances.forEach((door, index) => {
    plan.doors.push({
      id: door.id,
      name: door.name,
      kind: 'entrance',
      x: MARGIN + LABEL,
      y: index === 0 ? y : corridorY + CORRIDOR,
      width: ROOM_WIDTH,
      height: ROOM_HEIGHT,
      doorSide: 'right',
    })
  })
  const side = (list: readonly PlanDoor[], top: number, doorSide: 'top' | 'bottom'): void => {
    list.forEach((door, index) => {
      plan.doors.push({
        id: door.id,
        name: door.name,
        kind: kindOf(door),
        x: x + index * ROOM_WIDTH,
        y: top,
        width: ROOM_WIDTH,
        height: ROOM_HEIGHT,
        doorSide,
      })
    })
  }
  side(upper, y, 'bottom')
  side(lower, corridorY + CORRIDOR, 'top')
  plan.width = Math.max(plan.width, x + width)
  plan.height = y + height + GAP
}

/** Gates stand in the yard, without a corridor. */
function addRow(plan: FloorPlan, gates: readonly PlanDoor[], across: number): void {
  const x = MARGIN + LABEL
  const rows = Math.ceil(gates.length / across)
  const width = Math.min(gates.length, across) * ROOM_WIDTH
  plan.floors.push({
    label: 'Outside',
    x,
    y: plan.height,
    width,
    height: rows * ROOM_HEIGHT,
    corridor: { x, y: plan.height, width: 0, height: 0 },
  })
  gates.forEach((door, index) => {
    plan.doors.push({
      id: door.id,
      name: door.name,
      kind: 'gate',
      x: x + (index % across) * ROOM_WIDTH,
      y: plan.height + Math.floor(index / across) * ROOM_HEIGHT,
      width: ROOM_WIDTH,
      height: ROOM_HEIGHT,
      doorSide: 'bottom',
    })
  })
  plan.width = Math.max(plan.width, x + width)
  plan.height += rows * ROOM_HEIGHT + GAP
}

/** How many rooms fit side by side in so many pixels. */
export function columnsFor(widthPx: number): number {
  return Math.max(2, Math.floor((widthPx - LABEL - 2 * MARGIN) / ROOM_WIDTH))
}
