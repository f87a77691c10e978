/**
 * The floor plan: walls and door leaves are drawn, and over each door lies a button, so that it can be found by the
 * keyboard and by name. A door that has just been tried opens, or stays shut and says why.
 */
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Button, useDrop } from 'react-aria-components'
import { BellOff, DoorClosed, DoorOpen, Lock, WifiOff } from 'lucide-react'
import { dropped, takenBy, type Carried } from './carry.ts'
import type { Building, DoorState } from './data.ts'
import { DoorPopover } from './door-popover.tsx'
import { columnsFor, layOut, type FloorPlan, type PlacedDoor } from './floor-plan.ts'
import { useHands } from './hands.tsx'
import { reasonOf } from './reasons.ts'
import styles from './plan.module.css'

export function Plan({ building }: { building: Building }) {
  const hands = useHands()
  const [width, setWidth] = useState<number | null>(null)
  const [selected, setSelected] = useState<string | null>(null)
  const frame = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = frame.current
    if (element === null) return undefined
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.floor(entry.contentRect.width))
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  // What was tried before the page was opened does not happen again before one's eyes.
  const [before] = useState(
    () => new Set([...building.doors.values()].flatMap((door) => door.latest_attempt?.door_attempt_id ?? [])),
  )
  const columns = width === null ? null : columnsFor(width)
  const { entrances } = building
  const plan = useMemo(
    () =>
      columns === null
        ? null
        : layOut(
            entrances.map((door) => ({
              id: door.acs_entrance_id,
              name: door.display_name,
              isReservable: door.can_belong_to_reservation === true,
            })),
            columns,
          ),
    [entrances, columns],
  )
  const { carried, put } = hands
  const press = useCallback(
    (acs_entrance_id: string) => {
      if (carried === null || carried.kind === 'blank') setSelected(acs_entrance_id)
      else void put(carried, { kind: 'door', acs_entrance_id })
    },
    [carried, put],
  )
  const drop = useCallback(
    (what: Carried, acs_entrance_id: string) => void put(what, { kind: 'door', acs_entrance_id }),
    [put],
  )
  return (
    <div ref={frame} className={styles.frame}>
      {plan !== null && (
        <div className={styles.plan} style={{ width: plan.width, height: plan.height }} data-plan>
          <Walls plan={plan} doors={building.doors} before={before} />
          {plan.floors.map((floor) => (
            <span key={`${floor.label} ${String(floor.y)}`} className={styles.floor} style={{ top: floor.y }}>
              {floor.label}
            </span>
          ))}
          <div role="group" aria-label="Doors">
            {plan.doors.map((door) => (
              <Door
                key={door.id}
                door={door}
                state={building.doors.get(door.id)}
                isFresh={!before.has(building.doors.get(door.id)?.latest_attempt?.door_attempt_id ?? '')}
                isPresenting={carried !== null && carried.kind !== 'blank'}
                onPress={press}
                onDropped={drop}
              />
            ))}
          </div>
          <DoorPopover
            building={building}
            acs_entrance_id={selected}
            anchor={() => frame.current?.querySelector(`[data-door="${selected ?? ''}"]`) ?? null}
            onClose={() => setSelected(null)}
          />
        </div>
      )}
    </div>
  )
}

function Door({
  door,
  state,
  isFresh,
  isPresenting,
  onPress,
  onDropped,
}: {
  door: PlacedDoor
  state: DoorState | undefined
  isFresh: boolean
  isPresenting: boolean
  onPress: (acs_entrance_id: string) => void
  onDropped: (carried: Carried, acs_entrance_id: string) => void
}) {
  const ref = useRef<HTMLDivElement>(null)
  const { dropProps, isDropTarget } = useDrop({
    ref,
    hasDropButton: true,
    getDropOperation: (types) => (takenBy('door').some((type) => types.has(type)) ? 'copy' : 'cancel'),
    onDrop: ({ items }) => {
      const [item] = items
      if (item?.kind !== 'text') return
      const type = takenBy('door').find((one) => item.types.has(one))
      if (type === undefined) return
      void item.getText(type).then((text) => {
        const carried = dropped(type, text)
        if (carried !== null) onDropped(carried, door.id)
      })
    },
  })
  const attempt = state?.latest_attempt ?? null
  const outcome = attempt === null ? null : attempt.opened ? 'opened' : 'refused'
  return (
    <div
      {...dropProps}
      ref={ref}
      className={styles.cell}
      style={{ left: door.x, top: door.y, width: door.width, height: door.height }}
      data-drop-target={isDropTarget || undefined}
      data-kind={door.kind}
    >
      <Button
        className={styles.door}
        data-door={door.id}
        data-outcome={outcome ?? undefined}
        onPress={() => onPress(door.id)}
      >
        {isPresenting && <span className="visually-hidden">Present to </span>}
        <span className={styles.name}>{door.name}</span>
        <span className="visually-hidden">{`, ${stateInWords(state)}`}</span>
        <span className={styles.marks} aria-hidden>
          {state?.is_online === false && <WifiOff size={14} />}
          {state?.privacy_mode === true && <BellOff size={14} />}
          {state?.keypad_locked_until != null && <Lock size={14} />}
        </span>
        {attempt !== null && (
          <span
            key={attempt.door_attempt_id}
            className={`${styles.outcome} ${styles[outcome ?? 'opened']} ${isFresh ? styles.fresh : ''}`}
          >
            {attempt.opened ? <DoorOpen aria-hidden size={14} /> : <DoorClosed aria-hidden size={14} />}
            {reasonOf(attempt.reason, attempt.message).short}
          </span>
        )}
      </Button>
    </div>
  )
}

/** How a door stands, for those who cannot see its marks; what it saw last follows in the words that are seen. */
function stateInWords(state: DoorState | undefined): string {
  if (state === undefined) return ''
  return [
    ...(state.is_online ? [] : ['offline']),
    ...(state.privacy_mode ? ['in privacy mode'] : []),
    ...(state.keypad_locked_until === null ? [] : ['keypad locked']),
    ...(state.latest_attempt === null
      ? ['not tried yet']
      : [state.latest_attempt.opened ? 'last try:' : 'last try: refused,']),
  ].join(', ')
}

const LEAF = 30

const Walls = memo(function Walls({
  plan,
  doors,
  before,
}: {
  plan: FloorPlan
  doors: Building['doors']
  before: ReadonlySet<string>
}) {
  return (
    <svg width={plan.width} height={plan.height} className={styles.walls} aria-hidden focusable="false">
      {plan.floors.map(({ label, x, y, width, height, corridor }) => (
        <g key={`${label} ${String(y)}`}>
          {corridor.height > 0 && <rect x={x} y={y} width={width} height={height} className={styles.house} />}
          <rect {...corridor} className={styles.corridor} />
        </g>
      ))}
      {plan.doors.map((door) => {
        const attempt = doors.get(door.id)?.latest_attempt ?? null
        const isFresh = attempt !== null && !before.has(attempt.door_attempt_id)
        const outcome = !isFresh ? '' : attempt.opened ? styles.leafOpened : styles.leafRefused
        const { x, y, angle } = leafOf(door)
        return (
          <g key={door.id}>
            <rect x={door.x} y={door.y} width={door.width} height={door.height} className={styles[door.kind]} />
            <g transform={`translate(${String(x)} ${String(y)}) rotate(${String(angle)})`}>
              <rect x={0} y={-3} width={LEAF} height={6} className={styles.opening} />
              <g key={attempt?.door_attempt_id ?? 'at rest'} className={`${styles.leaf} ${outcome}`}>
                <rect x={0} y={-2.5} width={LEAF} height={5} rx={1.5} />
              </g>
            </g>
          </g>
        )
      })}
    </svg>
  )
})

/** Where a leaf hangs: its hinge, and the way the wall runs from there. */
function leafOf({ x, y, width, height, doorSide }: PlacedDoor): { x: number; y: number; angle: number } {
  const middle = x + (width - LEAF) / 2
  switch (doorSide) {
    case 'top':
      return { x: middle + LEAF, y, angle: 180 }
    case 'bottom':
      return { x: middle, y: y + height, angle: 0 }
    case 'left':
      return { x, y: y + (height - LEAF) / 2, angle: 90 }
    case 'right':
      return { x: x + width, y: y + (height + LEAF) / 2, angle: -90 }
  }
}
