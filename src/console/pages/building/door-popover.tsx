/** One door: how it stands, what can be shown to it, what it saw. */
import { useState } from 'react'
import { Dialog as AriaDialog, Heading, Popover } from 'react-aria-components'
import { KeyRound, X } from 'lucide-react'
import { callAs } from '../../api/client.ts'
import type { AcsEntrance } from '../../api/routes.ts'
import { Button, IconButton } from '../../kit/button.tsx'
import { Select, Switch } from '../../kit/fields.tsx'
import { MenuButton, type MenuAction } from '../../kit/menu.tsx'
import { useAction } from '../../kit/use-action.ts'
import { AttemptList } from './attempts.tsx'
import { nameOfCard, useAttemptsAt, type Building, type DoorState } from './data.ts'
import { useHands } from './hands.tsx'
import { KeypadDialog } from './keypad.tsx'
import { reasonOf } from './reasons.ts'
import { nameOfPhone } from './tray.tsx'
import styles from './door-popover.module.css'

export function DoorPopover({
  building,
  acs_entrance_id,
  anchor,
  onClose,
}: {
  building: Building
  acs_entrance_id: string | null
  anchor: () => Element | null
  onClose: () => void
}) {
  const [typingAt, setTypingAt] = useState<AcsEntrance | null>(null)
  const entrance = building.entrances.find((one) => one.acs_entrance_id === acs_entrance_id)
  const state = building.doors.get(acs_entrance_id ?? '')
  return (
    <>
      <Popover
        className={styles.popover}
        triggerRef={{
          get current() {
            return anchor()
          },
        }}
        placement="bottom"
        isOpen={entrance !== undefined && state !== undefined && typingAt === null}
        onOpenChange={(isOpen) => {
          if (!isOpen) onClose()
        }}
      >
        {entrance !== undefined && state !== undefined && (
          <AriaDialog className={styles.dialog}>
            <header className={styles.head}>
              <Heading slot="title" className={styles.title}>
                {entrance.display_name}
              </Heading>
              <IconButton label="Close" icon={X} onPress={onClose} />
            </header>
            <DoorDetails building={building} entrance={entrance} state={state} onType={() => setTypingAt(entrance)} />
          </AriaDialog>
        )}
      </Popover>
      {typingAt !== null && (
        <KeypadDialog
          building={building}
          entrance={typingAt}
          onClose={() => {
            setTypingAt(null)
            onClose()
          }}
        />
      )}
    </>
  )
}

const LOCKS_AFTER = [
  { id: 'never', label: 'Never locks itself' },
  { id: '3', label: 'After 3 wrong codes' },
  { id: '5', label: 'After 5 wrong codes' },
]

function DoorDetails({
  building,
  entrance,
  state,
  onType,
}: {
  building: Building
  entrance: AcsEntrance
  state: DoorState
  onType: () => void
}) {
  const hands = useHands()
  const { run, isPending } = useAction()
  const attempts = useAttemptsAt(entrance.acs_entrance_id)
  const { acs_entrance_id } = entrance
  const set = (change: object): void =>
    run(async () => {
      await callAs('/sandbox/doors/set_state', { acs_entrance_id, ...change })
      await hands.lookAgain()
    })
  const present: MenuAction[] = [
    ...(entrance.can_unlock_with_card === true
      ? building.cards.map((card) => ({
          id: card.card_id,
          label: nameOfCard(card, building),
          onAction: () => void hands.put({ kind: 'card', card_id: card.card_id }, { kind: 'door', acs_entrance_id }),
        }))
      : []),
    ...(entrance.can_unlock_with_mobile_key === true
      ? building.phones.map(({ phone, state: onPhone }) => ({
          id: phone.device_id,
          label: nameOfPhone(phone, onPhone, building),
          onAction: () =>
            void hands.put({ kind: 'phone', device_id: phone.device_id }, { kind: 'door', acs_entrance_id }),
        }))
      : []),
  ]
  const latest = state.latest_attempt
  const reason = latest === null ? null : reasonOf(latest.reason, latest.message)
  return (
    <div className={styles.body}>
      <p className={styles.soft}>
        {state.decided_by === 'card'
          ? 'An offline lock: what is written on the card decides, and what earlier cards taught it.'
          : 'An online door: its system decides, as it was last told.'}
        {` It takes ${taken(entrance)}.`}
      </p>
      {latest !== null && reason !== null && (
        <p className={latest.opened ? styles.good : styles.bad}>
          <strong>{latest.opened ? 'Opened.' : `Stayed shut: ${reason.short}.`}</strong>
          {!latest.opened && ` ${reason.why} ${reason.remedy}`}
        </p>
      )}
      <div className={styles.buttons}>
        {present.length > 0 && <MenuButton label="Present here…" actions={present} />}
        {entrance.can_unlock_with_code === true && (
          <Button icon={KeyRound} onPress={onType}>
            Type a code
          </Button>
        )}
      </div>
      <div>
        {state.decided_by === 'system' && (
          <Switch isSelected={state.is_online} isDisabled={isPending} onChange={(is_online) => set({ is_online })}>
            Reaches its system
          </Switch>
        )}
        <Switch
          isSelected={state.privacy_mode}
          isDisabled={isPending}
          onChange={(privacy_mode) => set({ privacy_mode })}
        >
          Privacy mode
        </Switch>
        {entrance.can_unlock_with_code === true && (
          <Select
            label="Keypad"
            options={
              state.wrong_codes_allowed === null || [3, 5].includes(state.wrong_codes_allowed)
                ? LOCKS_AFTER
                : [
                    ...LOCKS_AFTER,
                    {
                      id: String(state.wrong_codes_allowed),
                      label: `After ${String(state.wrong_codes_allowed)} wrong codes`,
                    },
                  ]
            }
            value={state.wrong_codes_allowed === null ? 'never' : String(state.wrong_codes_allowed)}
            onChange={(id) => set({ wrong_codes_allowed: id === 'never' ? null : Number(id) })}
          />
        )}
      </div>
      <h3>What this door saw</h3>
      <AttemptList
        building={building}
        attempts={attempts.data?.door_attempts ?? null}
        error={attempts.error}
        isOfOneDoor
      />
    </div>
  )
}

function taken(entrance: AcsEntrance): string {
  const kinds = [
    ...(entrance.can_unlock_with_card === true ? ['cards'] : []),
    ...(entrance.can_unlock_with_code === true ? ['codes'] : []),
    ...(entrance.can_unlock_with_mobile_key === true ? ['phones'] : []),
    ...(entrance.can_unlock_with_cloud_key === true ? ['opening from afar'] : []),
  ]
  if (kinds.length === 0) return 'nothing that can be held to it'
  return kinds.length === 1 ? (kinds[0] ?? '') : `${kinds.slice(0, -1).join(', ')} and ${kinds.at(-1) ?? ''}`
}
