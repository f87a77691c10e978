/** The keys of a grant: how each is doing, and what there is to do next. */
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { useAnswer, useCommand } from '../../api/queries.ts'
import type { AccessMethod, AcsEntrance } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { copy } from '../../kit/clipboard.ts'
import { DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { MenuButton, MoreMenu } from '../../kit/menu.tsx'
import { ErrorState, Notice } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import { toast } from '../../kit/toasts.ts'
import { useAction } from '../../kit/use-action.ts'
import { AssignCardDialog } from '../shared/assign-card.tsx'
import { Attempt, Succeeded } from '../shared/attempt.tsx'
import { EncodeDialog } from '../shared/encode.tsx'
import { InstantKeyDialog } from '../shared/instant-key.tsx'
import styles from './methods.module.css'
import { modeName, MODE_ICONS } from './modes.ts'
import { MethodPill } from './method-pill.tsx'

/** `personName` is whose keys they are; `zone` the property's. */
export function Methods({
  accessGrantId,
  personName,
  zone,
}: {
  accessGrantId: string
  personName: string
  zone: string
}) {
  const { data, error, refetch } = useAnswer('/access_methods/list', { access_grant_id: accessGrantId })
  if (data === undefined) {
    if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
    return <Spinner label="Loading keys" />
  }
  if (data.access_methods.length === 0) return <p>There is no key yet.</p>
  return (
    <ul className={styles.methods}>
      {data.access_methods.map((method) => (
        <li key={method.access_method_id} className={styles.method}>
          <Method method={method} personName={personName} zone={zone} />
        </li>
      ))}
    </ul>
  )
}

type Open = 'encode' | 'assign' | 'instant_key' | 'delete' | { unlock: AcsEntrance } | null

function Method({ method, personName, zone }: { method: AccessMethod; personName: string; zone: string }) {
  const { access_method_id, mode, display_name } = method
  const Icon = MODE_ICONS[mode]
  const [open, setOpen] = useState<Open>(null)
  const close = (): void => setOpen(null)
  const remove = useCommand('/access_methods/delete', ['acs_credential'])
  const { data } = useAnswer('/access_methods/get_related', {
    access_method_ids: [access_method_id],
    include: ['acs_entrances'],
  })
  const doors = data?.batch?.acs_entrances ?? []
  const systemIds = [...new Set(doors.map(({ acs_system_id }) => acs_system_id))]
  const { errors = [] } = method as { errors?: { error_code: string; message: string }[] }

  return (
    <>
      <div className={styles.head}>
        <Icon aria-hidden size={22} />
        <h3>{display_name}</h3>
        <MethodPill method={method} />
        <span className={styles.space} />
        {method.is_encoding_required === true && (
          <Button look="primary" onPress={() => setOpen('encode')}>
            Encode
          </Button>
        )}
        {method.is_assignment_required === true && (
          <Button look="primary" onPress={() => setOpen('assign')}>
            Assign a card
          </Button>
        )}
        {method.instant_key_url !== undefined && <Button onPress={() => setOpen('instant_key')}>Instant Key</Button>}
        {mode === 'cloud_key' && method.is_issued && doors.length > 0 && (
          <MenuButton
            label="Unlock"
            actions={doors.map((door) => ({
              id: door.acs_entrance_id,
              label: door.display_name,
              onAction: () => setOpen({ unlock: door }),
            }))}
          />
        )}
        <MoreMenu
          label={`Actions of ${display_name}`}
          actions={[
            { id: 'copy', label: 'Copy Id', onAction: () => void copy(access_method_id, 'access_method_id') },
            { id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setOpen('delete') },
          ]}
        />
      </div>
      {method.code !== undefined && method.code !== null && (
        <p>
          PIN <strong className={styles.code}>{method.code}</strong>
        </p>
      )}
      <p className={styles.soft}>
        {doors.length === 0 ? 'No door' : doors.map(({ display_name: door }) => door).join(', ')}
        {method.issued_at !== null && (
          <>
            {' · issued '}
            <DateTime at={method.issued_at} zone={zone} />
          </>
        )}
      </p>
      {errors.map(({ error_code, message }) => (
        <Notice key={error_code} tone="bad">
          <p>{message}</p>
        </Notice>
      ))}
      {method.warnings.map(({ warning_code, message }) => (
        <Notice key={warning_code} tone="warn">
          <p>{message}</p>
        </Notice>
      ))}
      {method.pending_mutations.map(({ mutation_code, message }) => (
        <Notice key={mutation_code} tone="info">
          <p>{message}</p>
        </Notice>
      ))}

      <EncodeDialog
        name={personName}
        subject={{ access_method_id }}
        acsSystemIds={systemIds}
        isOpen={open === 'encode'}
        onClose={close}
      />
      <AssignCardDialog
        name={personName}
        accessMethodId={access_method_id}
        isOpen={open === 'assign'}
        onClose={close}
      />
      <InstantKeyDialog
        name={personName}
        url={method.instant_key_url ?? ''}
        isOpen={open === 'instant_key'}
        onClose={close}
      />
      {typeof open === 'object' && open !== null && (
        <UnlockDialog accessMethodId={access_method_id} entrance={open.unlock} onClose={close} />
      )}
      <Confirm
        title={`Delete this ${modeName(mode).toLowerCase()}?`}
        isOpen={open === 'delete'}
        onClose={close}
        confirmLabel="Delete"
        isDangerous
        onConfirm={async () => {
          await remove.mutateAsync({ access_method_id })
          toast('Key deleted')
        }}
      >
        <p>It opens nothing any more; the other keys of this grant stay as they are.</p>
      </Confirm>
    </>
  )
}

function UnlockDialog({
  accessMethodId,
  entrance,
  onClose,
}: {
  accessMethodId: string
  entrance: AcsEntrance
  onClose: () => void
}) {
  const [attemptId, setAttemptId] = useState<string | null>(null)
  const { run, isPending } = useAction()
  const unlock = (): void =>
    run(async () => {
      const { action_attempt } = await call('/access_methods/unlock_door', {
        access_method_id: accessMethodId,
        acs_entrance_id: entrance.acs_entrance_id,
      })
      setAttemptId(action_attempt.action_attempt_id)
    })
  return (
    <Dialog title={`Unlock ${entrance.display_name}`} isOpen onClose={onClose} size="small">
      {attemptId === null ? (
        <>
          <p>The door opens for whoever stands before it.</p>
          <Button look="primary" isPending={isPending} onPress={unlock}>
            Unlock now
          </Button>
        </>
      ) : (
        <Attempt
          actionAttemptId={attemptId}
          waiting={<p>The door is being told.</p>}
          done={() => <Succeeded>{entrance.display_name} is unlocked</Succeeded>}
          onRetry={() => setAttemptId(null)}
          onClose={onClose}
        />
      )}
    </Dialog>
  )
}
