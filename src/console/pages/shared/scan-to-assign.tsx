/** Gives the card that is held to a reader to a user, where cards are known to the access system already. */
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useList } from '../../api/queries.ts'
import type { AcsEncoder } from '../../api/routes.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { Switch } from '../../kit/fields.tsx'
import { Picker } from '../../kit/picker.tsx'
import { useLocalSearch } from '../../kit/search.ts'
import { AtEncoder } from './at-encoder.tsx'
import { Succeeded } from './attempt.tsx'
import { searched, usersOf } from './lists.ts'
import type { SystemFacts } from './systems.ts'

/** Whose the card becomes. */
interface Holder {
  acs_user_id: string
  display_name: string
}

export interface ScanToAssignDialogProps {
  acsSystemId: string
  facts: SystemFacts
  /** Absent: asked for. */
  user?: Holder
  /** The reader that is offered first. */
  encoder?: AcsEncoder
  isOpen: boolean
  onClose: () => void
}

export function ScanToAssignDialog(props: ScanToAssignDialogProps) {
  const { user, isOpen, onClose } = props
  const title = user === undefined ? 'Assign a card' : `Assign a card to ${user.display_name}`
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose}>
      <Assigning {...props} />
    </Dialog>
  )
}

function Assigning({ acsSystemId, facts, user: known, encoder, onClose }: ScanToAssignDialogProps) {
  const [user, setUser] = useState<Holder | null>(known ?? null)
  const [isNew, setNew] = useState(false)
  const unknown = facts.card_wishes.unknown_card
  return (
    <AtEncoder
      acsSystemIds={[acsSystemId]}
      first={encoder}
      submitLabel="Scan and assign"
      begin={(acs_encoder_id) =>
        call('/acs/encoders/scan_to_assign_credential', {
          acs_encoder_id,
          acs_user_id: user?.acs_user_id ?? '',
          ...(isNew ? unknown : {}),
        })
      }
      waiting={(name) => <>Hold the card to {name}.</>}
      done={() => <Succeeded>The card is {user?.display_name}’s</Succeeded>}
      isIncomplete={user === null}
      before={known === undefined && <UserChoice acsSystemId={acsSystemId} chosen={user} onChoose={setUser} />}
      after={
        unknown !== null && (
          <Switch isSelected={isNew} onChange={setNew}>
            Register the card first, if the access system does not know it
          </Switch>
        )
      }
      onClose={onClose}
    />
  )
}

function UserChoice({
  acsSystemId,
  chosen,
  onChoose,
}: {
  acsSystemId: string
  chosen: Holder | null
  onChoose: (user: Holder | null) => void
}) {
  const search = useLocalSearch()
  const list = useList('/acs/users/list', { acs_system_id: acsSystemId, ...searched(search.settled) }, usersOf, {
    newestFirst: true,
  })
  return (
    <Picker
      label="Users"
      list={list}
      search={{ ...search, label: 'Search users' }}
      rowId={(user) => user.acs_user_id}
      rowName={(user) => user.display_name}
      rowHint={(user) => user.email_address ?? user.phone_number}
      chosen={chosen === null ? [] : [chosen.acs_user_id]}
      onChoose={(_ids, rows) => onChoose(rows[0] ?? null)}
      none="This access system has no users yet."
    />
  )
}
