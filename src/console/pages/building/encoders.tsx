/** The encoders with what lies on them, and who waits for a card. */
import { useEffect, useRef, useState } from 'react'
import { Button as AriaButton, useDrop } from 'react-aria-components'
import { RotateCw, ScanLine, Stamp } from 'lucide-react'
import { useActionAttempt } from '../../api/action-attempts.ts'
import { call, callAs } from '../../api/client.ts'
import type { AcsEncoder, ActionAttempt } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { MenuButton } from '../../kit/menu.tsx'
import { Section } from '../../kit/page.tsx'
import { Notice } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import { StatusPill } from '../../kit/status-pill.tsx'
import { useAction } from '../../kit/use-action.ts'
import { dropped, fits, takenBy } from './carry.ts'
import { holderOf, useAwaited, type Awaited, type Building } from './data.ts'
import { FAULTS } from './faults.tsx'
import { useHands } from './hands.tsx'
import { CardThing, listed } from './tray.tsx'
import styles from './encoders.module.css'

/** Something that was started at an encoder or with a card, until it is put away. */
interface Job {
  /** One for each start, so that a retry is another. */
  number: number
  what: string
  start: () => Promise<ActionAttempt>
}

export function Encoders({ building }: { building: Building }) {
  const [jobs, setJobs] = useState<Job[]>([])
  const [started, setStarted] = useState(0)
  const { awaited, more } = useAwaited(building)
  const begin = (what: string, start: Job['start']): void => {
    setStarted((count) => count + 1)
    setJobs((before) => [...before.filter((job) => job.what !== what), { number: started + 1, what, start }])
  }
  const putAway = (number: number): void => setJobs((before) => before.filter((job) => job.number !== number))
  const assign = (one: Awaited, card_number: string): void =>
    begin(`Assigning card ${card_number} to ${one.name}`, async () => {
      const { access_method_id } = one.of as { access_method_id: string }
      return (await call('/access_methods/assign_card', { access_method_id, card_number })).action_attempt
    })
  const encode = (one: Awaited, encoder: AcsEncoder): void =>
    begin(`Encoding ${one.name} at ${encoder.display_name}`, async () => {
      const { acs_encoder_id } = encoder
      return 'access_method_id' in one.of
        ? (await call('/access_methods/encode', { ...one.of, acs_encoder_id })).action_attempt
        : (await call('/acs/encoders/encode_credential', { ...one.of, acs_encoder_id })).action_attempt
    })
  const scan = (encoder: AcsEncoder): void =>
    begin(`Scanning at ${encoder.display_name}`, async () => {
      const { acs_encoder_id } = encoder
      return (await call('/acs/encoders/scan_credential', { acs_encoder_id })).action_attempt
    })
  return (
    <>
      {building.encoders.map((encoder) => (
        <Encoder key={encoder.acs_encoder_id} building={building} encoder={encoder} onScan={() => scan(encoder)} />
      ))}
      {jobs.length > 0 && (
        <Section title="At the desk">
          {jobs.map((job) => (
            <JobLine
              key={job.number}
              job={job}
              building={building}
              onRetry={() => begin(job.what, job.start)}
              onDone={() => putAway(job.number)}
            />
          ))}
        </Section>
      )}
      {awaited.length > 0 && (
        <Section title="Waiting for a card">
          <ul className={styles.waiting}>
            {awaited.map((one) => (
              <li key={one.id}>
                <span>{one.name}</span>
                {one.how === 'assign' ? (
                  <AssignButton building={building} one={one} onAssign={(number) => assign(one, number)} />
                ) : (
                  <EncodeButton building={building} one={one} onEncode={(encoder) => encode(one, encoder)} />
                )}
              </li>
            ))}
          </ul>
          {more > 0 && <p className={styles.soft}>{`and ${String(more)} more that have waited for longer`}</p>}
        </Section>
      )}
    </>
  )
}

function EncodeButton({
  building: { encoders },
  one,
  onEncode,
}: {
  building: Building
  one: Awaited
  onEncode: (encoder: AcsEncoder) => void
}) {
  const [only] = encoders
  if (only === undefined) return <span className={styles.soft}>No encoder</span>
  if (encoders.length === 1)
    return (
      <Button icon={Stamp} aria-label={`Encode ${one.name}`} onPress={() => onEncode(only)}>
        Encode
      </Button>
    )
  return (
    <MenuButton
      label="Encode"
      icon={Stamp}
      actions={encoders.map((encoder) => ({
        id: encoder.acs_encoder_id,
        label: `At ${encoder.display_name}`,
        onAction: () => onEncode(encoder),
      }))}
    />
  )
}

function AssignButton({
  building,
  one,
  onAssign,
}: {
  building: Building
  one: Awaited
  onAssign: (card_number: string) => void
}) {
  const [isOpen, setOpen] = useState(false)
  const free = building.cards.filter((card) => card.acs_credential_id === null && card.card_number !== null)
  return (
    <>
      <Button aria-label={`Assign a card to ${one.name}`} onPress={() => setOpen(true)}>
        Assign
      </Button>
      <Dialog title={`A card for ${one.name}`} isOpen={isOpen} onClose={() => setOpen(false)} size="small">
        {free.length === 0 && <p>No card is free. Take one back from somebody first.</p>}
        <div className={styles.free}>
          {free.map((card) => (
            <Button
              key={card.card_id}
              onPress={() => {
                setOpen(false)
                onAssign(card.card_number ?? '')
              }}
            >
              {card.card_number ?? ''}
            </Button>
          ))}
        </div>
      </Dialog>
    </>
  )
}

function Encoder({ building, encoder, onScan }: { building: Building; encoder: AcsEncoder; onScan: () => void }) {
  const hands = useHands()
  const { run, isPending } = useAction()
  const { acs_encoder_id } = encoder
  const ref = useRef<HTMLDivElement>(null)
  const target = { kind: 'encoder', acs_encoder_id } as const
  const { dropProps, isDropTarget } = useDrop({
    ref,
    hasDropButton: true,
    getDropOperation: (types) => (takenBy('encoder').some((type) => types.has(type)) ? 'copy' : 'cancel'),
    onDrop: ({ items }) => {
      const [item] = items
      if (item?.kind !== 'text') return
      const type = takenBy('encoder').find((one) => item.types.has(one))
      if (type === undefined) return
      void item.getText(type).then((text) => {
        const carried = dropped(type, text)
        if (carried !== null) void hands.put(carried, target)
      })
    },
  })
  const state = building.encoderStates.get(acs_encoder_id)
  const fault = building.state.faults.find((one) => one.acs_encoder_id === acs_encoder_id)
  const { carried } = hands
  return (
    <section aria-label={encoder.display_name} className={styles.encoder}>
      <header className={styles.head}>
        <h2>{encoder.display_name}</h2>
        {fault !== undefined && <StatusPill tone="bad">{FAULTS[fault.fault]}</StatusPill>}
      </header>
      <div
        {...dropProps}
        ref={ref}
        className={styles.pad}
        data-encoder={acs_encoder_id}
        data-drop-target={isDropTarget || undefined}
      >
        {state?.card != null ? (
          <CardThing building={building} card={state.card} />
        ) : (
          <p className={styles.soft}>
            {state?.is_touched === true
              ? 'Empty: put a card on it.'
              : building.state.cards === 'assigned'
                ? 'A free card is always at hand here, until you put one on it.'
                : 'A fresh blank is always at hand here, until you put a card on it.'}
          </p>
        )}
        {carried !== null && fits(carried, 'encoder') && (
          <AriaButton className={styles.put} onPress={() => void hands.put(carried, target)}>
            {`Put it on ${encoder.display_name}`}
          </AriaButton>
        )}
      </div>
      <div className={styles.buttons}>
        <MenuButton
          label="Put a blank on it"
          actions={building.state.card_formats.map((card_format) => ({
            id: card_format,
            label: card_format,
            onAction: () => void hands.put({ kind: 'blank', card_format }, target),
          }))}
        />
        <Button
          isDisabled={isPending || (state?.card == null && state?.is_touched === true)}
          onPress={() =>
            run(async () => {
              const { card } = await callAs<{ card: unknown }>('/sandbox/encoders/remove_card', { acs_encoder_id })
              hands.tell({
                tone: 'good',
                text:
                  card === null ? `${encoder.display_name} is empty now.` : `The card is off ${encoder.display_name}.`,
              })
              await hands.lookAgain()
            })
          }
        >
          Take off
        </Button>
        <Button icon={ScanLine} onPress={onScan}>
          Scan
        </Button>
      </div>
    </section>
  )
}

/** One thing under way: what it is, how it ended, and what can be done about it. */
function JobLine({
  job,
  building,
  onRetry,
  onDone,
}: {
  job: Job
  building: Building
  onRetry: () => void
  onDone: () => void
}) {
  const hands = useHands()
  const [id, setId] = useState<string | null>(null)
  const [refused, setRefused] = useState<string | null>(null)
  const isStarted = useRef(false)
  useEffect(() => {
    // Once, although development mounts twice.
    if (isStarted.current) return
    isStarted.current = true
    job.start().then(
      (attempt) => setId(attempt.action_attempt_id),
      (error: unknown) => setRefused(error instanceof Error ? error.message : String(error)),
    )
  }, [job])
  const { data: attempt } = useActionAttempt(id)
  const ended = attempt !== undefined && attempt.status !== 'pending'
  const { lookAgain } = hands
  useEffect(() => {
    if (ended) void lookAgain()
  }, [ended, lookAgain])
  const failure = refused ?? (attempt?.status === 'error' ? attempt.error.message : null)
  return (
    <div className={styles.job} role="status">
      {failure !== null ? (
        <Notice tone="bad" title={`${job.what}: failed`}>
          <p>{failure}</p>
          <div className={styles.buttons}>
            <Button icon={RotateCw} onPress={onRetry}>
              Retry
            </Button>
            <Button onPress={onDone}>Put away</Button>
          </div>
        </Notice>
      ) : attempt?.status === 'success' ? (
        <Notice tone="info" title={`${job.what}: done`}>
          <p>{outcomeOf(attempt, building)}</p>
          <div className={styles.buttons}>
            <Button onPress={onDone}>Put away</Button>
          </div>
        </Notice>
      ) : (
        <Spinner label={`${job.what}…`} />
      )}
    </div>
  )
}

interface Scanned {
  acs_credential_on_encoder?: {
    card_number?: string | null
    is_issued?: boolean | null
    starts_at?: string | null
    ends_at?: string | null
  } | null
  acs_credential_on_seam?: { acs_credential_id?: string; acs_user_id?: string } | null
  card_number?: string | null
}

function outcomeOf(attempt: ActionAttempt, building: Building): string {
  const result = (attempt.status === 'success' ? attempt.result : {}) as Scanned
  if (!('acs_credential_on_encoder' in result)) {
    const card = building.cards.find((one) => one.card_number !== null && one.card_number === result.card_number)
    const doors = card?.written?.doors.length ?? 0
    return `The card is ${result.card_number ?? 'written'}${doors === 0 ? '' : `, for ${doors === 1 ? 'one door' : `${String(doors)} doors`}`}.`
  }
  const on = result.acs_credential_on_encoder
  if (on == null) return 'There is nothing written on the card.'
  const card = building.cards.find((one) => one.card_number !== null && one.card_number === on.card_number)
  const holder = holderOf(
    building.credentials.get(result.acs_credential_on_seam?.acs_credential_id ?? card?.acs_credential_id ?? ''),
    building.users,
  )
  const names = new Map(building.entrances.map((door) => [door.acs_entrance_id, door.display_name]))
  const doors = [
    ...new Set((card?.written?.doors ?? []).map((door) => names.get(door.acs_entrance_id ?? '') ?? 'a door')),
  ]
  return [
    `Card ${on.card_number ?? 'without a number'}`,
    holder === null ? 'of nobody whom this system knows' : `of ${holder}`,
    ...(doors.length === 0 ? [] : [`for ${listed(doors)}`]),
  ]
    .join(', ')
    .concat('.')
}
