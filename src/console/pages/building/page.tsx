import { Hand } from 'lucide-react'
import { useEffect } from 'react'
import { useNavigate, useParams } from 'react-router'
import { useAnswer } from '../../api/queries.ts'
import type { AcsSystem } from '../../api/routes.ts'
import { Button, LinkButton } from '../../kit/button.tsx'
import { Select } from '../../kit/fields.tsx'
import { Page, Section } from '../../kit/page.tsx'
import { EmptyState, ErrorState } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import { useWorkspace } from '../../shell/context.ts'
import { AttemptList } from './attempts.tsx'
import type { Carried } from './carry.ts'
import { ClockBar } from './clock-bar.tsx'
import { nameOfCard, useAttempts, useBuilding, type Building } from './data.ts'
import { Encoders } from './encoders.tsx'
import { Faults } from './faults.tsx'
import { HandsProvider, useHands } from './hands.tsx'
import { codesOf } from './keypad.tsx'
import { Plan } from './plan.tsx'
import { nameOfPhone, Tray } from './tray.tsx'
import styles from './page.module.css'

/** The virtual building of an access system: its doors as a floor plan, and everything that can be held to them. */
export default function BuildingPage() {
  const { is_sandbox } = useWorkspace()
  const { acs_system_id } = useParams()
  const navigate = useNavigate()
  const { data, error, refetch } = useAnswer('/acs/systems/list', {})
  const systems = data?.acs_systems ?? []
  const system = acs_system_id === undefined ? systems[0] : systems.find((one) => one.acs_system_id === acs_system_id)
  const picker = systems.length > 0 && (
    <Select
      label="Access system"
      isLabelHidden
      options={systems.map((one) => ({
        id: one.acs_system_id,
        label: one.name,
        hint: one.external_type_display_name ?? '',
      }))}
      value={system?.acs_system_id ?? null}
      onChange={(id) => void navigate(`/building/${id}`)}
    />
  )
  return (
    <Page title="Building" actions={picker}>
      {!is_sandbox ? (
        <EmptyState title="There is no virtual building here">
          Only sandbox workspaces have doors that one can try without walking.
        </EmptyState>
      ) : data === undefined ? (
        error === null ? (
          <Spinner label="Loading" />
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )
      ) : system === undefined ? (
        <EmptyState
          title={
            acs_system_id === undefined ? 'No access system is connected' : 'There is no such access system (any more)'
          }
          action={
            <LinkButton href={acs_system_id === undefined ? '/access-systems' : '/building'}>
              Go to the others
            </LinkButton>
          }
        >
          Its virtual doors appear here as soon as one is connected.
        </EmptyState>
      ) : (
        <BuildingOf key={system.acs_system_id} system={system} />
      )}
    </Page>
  )
}

function BuildingOf({ system }: { system: AcsSystem }) {
  const { data, error, retry } = useBuilding(system)
  if (data === undefined)
    return error === null ? <Spinner label="Loading the building" /> : <ErrorState error={error} onRetry={retry} />
  return (
    <HandsProvider building={data}>
      <View building={data} />
    </HandsProvider>
  )
}

function View({ building }: { building: Building }) {
  const { result, carried, putDown } = useHands()
  const attempts = useAttempts(building.system.acs_system_id)
  useEffect(() => {
    if (carried === null) return undefined
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) putDown()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [carried, putDown])
  return (
    <>
      <ClockBar building={building} />
      <div role="status" className={styles.result} data-tone={result?.tone}>
        {result?.text ?? 'Drag a card, a phone or a code to a door, or take it in the hand and press a door.'}
      </div>
      <div className={styles.columns}>
        <div className={styles.left}>
          {building.entrances.length === 0 ? (
            <EmptyState title="This system has no doors of its own">
              It carries the mobile keys of other systems to phones.
            </EmptyState>
          ) : (
            <Section title="Floor plan">
              <Plan building={building} />
            </Section>
          )}
          {building.entrances.length > 0 && (
            <Section title="What the doors saw">
              <AttemptList building={building} attempts={attempts.data?.door_attempts ?? null} error={attempts.error} />
            </Section>
          )}
        </div>
        <div className={styles.right}>
          <Encoders building={building} />
          <Tray building={building} />
          <Faults building={building} />
        </div>
      </div>
      {carried !== null && (
        <div className={styles.hand}>
          <Hand aria-hidden size={20} />
          <span>
            In the hand: <strong>{nameOf(carried, building)}</strong>.{' '}
            {carried.kind === 'blank' ? 'Put it on an encoder.' : 'Press a door.'}
          </span>
          <Button onPress={putDown}>Put it down</Button>
        </div>
      )}
    </>
  )
}

function nameOf(carried: Carried, building: Building): string {
  switch (carried.kind) {
    case 'card': {
      const card = building.cards.find((one) => one.card_id === carried.card_id)
      return card === undefined ? 'a card that is gone' : nameOfCard(card, building)
    }
    case 'phone': {
      const found = building.phones.find(({ phone }) => phone.device_id === carried.device_id)
      return found === undefined ? 'a phone that is gone' : nameOfPhone(found.phone, found.state, building)
    }
    case 'code': {
      const known = codesOf(building).find(({ id }) => id === carried.acs_credential_id)
      return known === undefined ? 'a code that is gone' : `${known.name}’s code`
    }
    case 'blank':
      return `a blank ${carried.card_format}`
  }
}
