/** The encoders of a system, and what can be done at them: scan a card, write one that waits, give one to a user. */
import { CreditCard, ScanLine } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useList } from '../../api/queries.ts'
import type { AcsCredential, AcsEncoder, AcsSystem } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { ActionForm } from '../../kit/form.tsx'
import { Picker } from '../../kit/picker.tsx'
import { EmptyState, ErrorState } from '../../kit/problem.tsx'
import { useLocalSearch } from '../../kit/search.ts'
import { Spinner } from '../../kit/spinner.tsx'
import { StatePill } from '../../kit/status-pill.tsx'
import { Encoding } from '../shared/encode.tsx'
import { HolderName } from '../shared/holder-name.tsx'
import { credentialsOf, encodersOf, searched } from '../shared/lists.ts'
import { ScanToAssignDialog } from '../shared/scan-to-assign.tsx'
import { ScanDialog } from '../shared/scan.tsx'
import { useFacts } from '../shared/systems.ts'
import { isWaitingForCard } from '../shared/tables.tsx'

const columns: Column<AcsEncoder>[] = [
  { id: 'name', header: 'Name', width: 'minmax(200px, 2fr)', cell: (encoder) => encoder.display_name },
  {
    id: 'created_at',
    header: 'Date Added',
    width: DATE_TIME_WIDTH,
    cell: (encoder) => <DateTime at={encoder.created_at} />,
  },
  { id: 'status', header: 'Status', width: '140px', cell: (encoder) => <StatePill of={encoder} /> },
  {
    id: 'acs_encoder_id',
    header: 'acs_encoder_id',
    width: 'minmax(120px, 330px)',
    cell: (encoder) => <CopyableId id={encoder.acs_encoder_id} what="acs_encoder_id" />,
  },
]

/** What is done, and at which encoder where one was pointed at. */
type Open = { act: 'scan' | 'encode' | 'assign'; encoder?: AcsEncoder } | null

export function Encoders({ system }: { system: AcsSystem }) {
  const { acs_system_id } = system
  const list = useList('/acs/encoders/list', { acs_system_id }, encodersOf)
  const facts = useFacts(system.external_type)
  const [open, setOpen] = useState<Open>(null)
  const close = (): void => setOpen(null)
  const isOpen = (act: 'scan' | 'encode' | 'assign'): boolean => open?.act === act
  const at = open?.encoder === undefined ? {} : { encoder: open.encoder }
  const acts = [
    { id: 'scan', label: 'Scan a card', icon: ScanLine },
    ...(facts?.card_issuance === 'encode'
      ? [{ id: 'encode', label: 'Encode a waiting card', icon: CreditCard } as const]
      : []),
    ...(facts?.card_issuance === 'assign' ? [{ id: 'assign', label: 'Assign a card', icon: CreditCard } as const] : []),
  ] as const
  return (
    <>
      <DataTable
        label="Encoders"
        list={list}
        columns={columns}
        rowId={(encoder) => encoder.acs_encoder_id}
        rowName={(encoder) => encoder.display_name}
        idName="acs_encoder_id"
        actions={(encoder) =>
          acts.map(({ id, label, icon }) => ({ id, label, icon, onAction: () => setOpen({ act: id, encoder }) }))
        }
        filters={
          list.rows.length > 0 &&
          acts.map(({ id, label, icon }) => (
            <Button key={id} icon={icon} onPress={() => setOpen({ act: id })}>
              {label}
            </Button>
          ))
        }
        empty={
          <EmptyState title="No encoders">
            This system has no encoder that can be asked from here. Its cards are assigned by their number, or it has
            none.
          </EmptyState>
        }
      />
      <ScanDialog acsSystemIds={[acs_system_id]} isOpen={isOpen('scan')} onClose={close} {...at} />
      <Dialog title="Encode a waiting card" isOpen={isOpen('encode')} onClose={close}>
        <EncodeWaiting acsSystemId={acs_system_id} onClose={close} {...at} />
      </Dialog>
      {facts !== undefined && (
        <ScanToAssignDialog
          acsSystemId={acs_system_id}
          facts={facts}
          isOpen={isOpen('assign')}
          onClose={close}
          {...at}
        />
      )}
    </>
  )
}

interface EncodeWaitingProps {
  acsSystemId: string
  encoder?: AcsEncoder
  onClose: () => void
}

/** First which card, then the card itself. */
function EncodeWaiting({ acsSystemId, encoder, onClose }: EncodeWaitingProps) {
  const [chosen, setChosen] = useState<AcsCredential | null>(null)
  const [isChosen, setIsChosen] = useState(false)
  if (isChosen && chosen !== null) {
    return (
      <>
        <Whose credential={chosen} />
        <Encoding
          subject={{ acs_credential_id: chosen.acs_credential_id }}
          acsSystemIds={[acsSystemId]}
          onClose={onClose}
          {...(encoder === undefined ? {} : { encoder })}
        />
      </>
    )
  }
  return (
    <ActionForm
      submitLabel="Continue"
      isDisabled={chosen === null}
      onCancel={onClose}
      onSubmit={() => {
        setIsChosen(true)
        return Promise.resolve()
      }}
    >
      <Waiting acsSystemId={acsSystemId} chosen={chosen} onChoose={setChosen} />
      {chosen !== null && <Whose credential={chosen} />}
    </ActionForm>
  )
}

/** Several people may wait for a card of one door: whose it is stands beside the door before it is written. */
function Whose({ credential }: { credential: AcsCredential }) {
  return (
    <p role="status">
      For{' '}
      <strong>
        <HolderName acsUserId={credential.acs_user_id} />
      </strong>
      : {credential.display_name}
    </p>
  )
}

/** The API has no filter for it: further pages are fetched until some wait, or there are no more. */
function Waiting({
  acsSystemId,
  chosen,
  onChoose,
}: {
  acsSystemId: string
  chosen: AcsCredential | null
  onChoose: (credential: AcsCredential | null) => void
}) {
  const search = useLocalSearch()
  const all = useList(
    '/acs/credentials/list',
    { acs_system_id: acsSystemId, ...searched(search.settled) },
    credentialsOf,
    { newestFirst: true },
  )
  const list = { ...all, rows: all.rows.filter(isWaitingForCard) }
  const { isLoadingMore, loadMore } = all
  const isStillLooking = list.rows.length === 0 && all.hasMore && all.error === null
  useEffect(() => {
    if (isStillLooking && !isLoadingMore) loadMore()
  }, [isStillLooking, isLoadingMore, loadMore])
  if (list.error !== null) return <ErrorState error={list.error} onRetry={list.retry} />
  if (isStillLooking) return <Spinner label="Looking for cards that wait" />
  return (
    <Picker
      label="Cards that wait to be written"
      list={list}
      search={{ ...search, label: 'Search cards' }}
      rowId={(credential) => credential.acs_credential_id}
      rowName={(credential) => credential.display_name}
      rowHint={(credential) => (credential.is_issued === true ? 'To be written again' : 'Not written yet')}
      chosen={chosen === null ? [] : [chosen.acs_credential_id]}
      onChoose={(_ids, rows) => onChoose(rows[0] ?? null)}
      none="No card waits to be written."
    />
  )
}
