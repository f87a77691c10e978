import { CreditCard, ScanLine } from 'lucide-react'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { useAnswer, useCommand, useList } from '../../api/queries.ts'
import type { AcsCredential, AcsSystem } from '../../api/routes.ts'
import { Button, LinkButton } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { DateTimeField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { MoreMenu } from '../../kit/menu.tsx'
import { Facts, Page, PageOf, Section } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { Problems } from '../../kit/problems.tsx'
import { browserZone, toInstant, toLocal } from '../../kit/times.ts'
import { toast } from '../../kit/toasts.ts'
import { EncodeDialog } from '../shared/encode.tsx'
import { systemHref, userHref } from '../shared/links.ts'
import { entrancesOf } from '../shared/lists.ts'
import { ScanToAssignDialog } from '../shared/scan-to-assign.tsx'
import { ScanDialog } from '../shared/scan.tsx'
import { modeLabel, useFacts } from '../shared/systems.ts'
import { CredentialPill, EntrancesTable, isWaitingForCard } from '../shared/tables.tsx'
import { useSystem } from './crumbs.ts'

export default function CredentialPage() {
  const { acs_system_id = '', acs_credential_id = '' } = useParams()
  const { system, crumbs } = useSystem(acs_system_id, 'credentials')
  const query = useAnswer('/acs/credentials/get', { acs_credential_id })
  return (
    <PageOf query={query} title="Credential" crumbs={crumbs}>
      {({ acs_credential: credential }) => (
        <Page
          title={credential.display_name}
          crumbs={crumbs}
          aside={
            <>
              <CredentialPill credential={credential} />
              <CopyableId id={acs_credential_id} what="acs_credential_id" />
            </>
          }
          actions={
            <>
              {system !== undefined && credential.access_method === 'card' && (
                <CardActions credential={credential} system={system} />
              )}
              <CredentialActions credential={credential} />
            </>
          }
        >
          <Problems of={credential} />
          <Details credential={credential} />
          <h2>Entrances</h2>
          <Doors acsCredentialId={acs_credential_id} />
        </Page>
      )}
    </PageOf>
  )
}

function Details({ credential }: { credential: AcsCredential }) {
  const { acs_user_id, acs_system_id } = credential
  const user = useAnswer('/acs/users/get', acs_user_id === undefined ? null : { acs_user_id }).data?.acs_user
  return (
    <Section
      title="Details"
      actions={
        acs_user_id !== undefined && (
          <LinkButton
            href={userHref({ acs_user_id, acs_system_id })}
          >{`Open ${user?.display_name ?? 'user'}`}</LinkButton>
        )
      }
    >
      <Facts
        facts={[
          ['Kind', modeLabel(credential.access_method)],
          ['Assigned to', user?.display_name],
          ['Start', <DateTime key="start" at={credential.starts_at} none="at once" />],
          ['End', <DateTime key="end" at={credential.ends_at} none="no end" />],
          ['Issued', <DateTime key="issued" at={credential.issued_at} none="not yet" />],
          ...(credential.card_number == null ? [] : ([['Card number', credential.card_number]] as const)),
          ...(credential.code == null
            ? []
            : ([['PIN', <Secret key="code" text={credential.code} what="PIN" />]] as const)),
          [
            'Up to date at the system',
            credential.is_latest_desired_state_synced_with_provider === true ? 'Yes' : 'Being told',
          ],
        ]}
      />
    </Section>
  )
}

/** Covered until somebody asks for it: screens at a front desk are seen by many. */
function Secret({ text, what }: { text: string; what: string }) {
  const [isShown, setShown] = useState(false)
  if (!isShown) return <Button onPress={() => setShown(true)}>{`Show ${what}`}</Button>
  return <code>{text}</code>
}

/** What is done with the card itself: at an encoder, or at a reader. */
function CardActions({ credential, system }: { credential: AcsCredential; system: AcsSystem }) {
  const [open, setOpen] = useState<'encode' | 'assign' | 'scan' | null>(null)
  const close = (): void => setOpen(null)
  const { acs_credential_id, acs_user_id, acs_system_id } = credential
  const facts = useFacts(system.external_type)
  const user = useAnswer('/acs/users/get', acs_user_id === undefined ? null : { acs_user_id }).data?.acs_user
  const look = isWaitingForCard(credential) ? 'primary' : 'plain'
  return (
    <>
      {facts?.card_issuance === 'encode' && (
        <Button look={look} icon={CreditCard} onPress={() => setOpen('encode')}>
          {isWaitingForCard(credential) ? 'Encode' : 'Encode again'}
        </Button>
      )}
      {facts?.card_issuance === 'assign' && credential.is_issued !== true && user !== undefined && (
        <Button look={look} icon={CreditCard} onPress={() => setOpen('assign')}>
          Assign a card
        </Button>
      )}
      <Button icon={ScanLine} onPress={() => setOpen('scan')}>
        Scan
      </Button>
      <EncodeDialog
        name={user?.display_name ?? credential.display_name}
        subject={{ acs_credential_id }}
        acsSystemIds={[acs_system_id]}
        isOpen={open === 'encode'}
        onClose={close}
      />
      {facts !== undefined && user !== undefined && (
        <ScanToAssignDialog
          acsSystemId={acs_system_id}
          facts={facts}
          user={user}
          isOpen={open === 'assign'}
          onClose={close}
        />
      )}
      <ScanDialog acsSystemIds={[acs_system_id]} isOpen={open === 'scan'} onClose={close} />
    </>
  )
}

function CredentialActions({ credential }: { credential: AcsCredential }) {
  const [open, setOpen] = useState<'edit' | 'unassign' | 'delete' | null>(null)
  const close = (): void => setOpen(null)
  const navigate = useNavigate()
  const { acs_credential_id, acs_user_id, acs_system_id } = credential
  const remove = useCommand('/acs/credentials/delete', ['acs_user'])
  const unassign = useCommand('/acs/credentials/unassign', ['acs_user'])
  return (
    <>
      <Button onPress={() => setOpen('edit')}>Change end</Button>
      <MoreMenu
        label={`More for ${credential.display_name}`}
        actions={[
          ...(acs_user_id === undefined
            ? []
            : [
                {
                  id: 'unassign',
                  label: 'Unassign from its user',
                  isDangerous: true,
                  onAction: () => setOpen('unassign'),
                },
              ]),
          { id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setOpen('delete') },
        ]}
      />
      <EndDialog credential={credential} isOpen={open === 'edit'} onClose={close} />
      <Confirm
        title="Unassign this credential?"
        isOpen={open === 'unassign'}
        onClose={close}
        confirmLabel="Unassign"
        isDangerous
        onConfirm={async () => {
          await unassign.mutateAsync({ acs_credential_id, acs_user_id })
          toast('Unassigned')
        }}
      >
        It opens no door any more until it is assigned to somebody.
      </Confirm>
      <Confirm
        title={`Delete ${credential.display_name}?`}
        isOpen={open === 'delete'}
        onClose={close}
        confirmLabel="Delete credential"
        isDangerous
        onConfirm={async () => {
          await remove.mutateAsync({ acs_credential_id })
          toast('The credential is being deleted')
          await navigate(
            acs_user_id === undefined
              ? systemHref(acs_system_id, 'credentials')
              : userHref({ acs_user_id, acs_system_id }),
          )
        }}
      >
        A PIN, mobile key or cloud key stops at once. A card that carries its own data goes on opening offline doors
        until it is overwritten or ends.
      </Confirm>
    </>
  )
}

function EndDialog({
  credential,
  isOpen,
  onClose,
}: {
  credential: AcsCredential
  isOpen: boolean
  onClose: () => void
}) {
  const update = useCommand('/acs/credentials/update')
  return (
    <Dialog title="Change end" isOpen={isOpen} onClose={onClose} size="small">
      <ActionForm
        submitLabel="Save"
        onCancel={onClose}
        onSubmit={async (values) => {
          await update.mutateAsync({
            acs_credential_id: credential.acs_credential_id,
            ends_at: toInstant(textOf(values, 'ends_at') ?? ''),
          })
          toast('End changed')
          onClose()
        }}
      >
        <DateTimeField
          label={`End (${browserZone})`}
          name="ends_at"
          isRequired
          {...(credential.ends_at == null ? {} : { defaultValue: toLocal(credential.ends_at) })}
          hint="A card that is written already has to be encoded again afterwards."
        />
      </ActionForm>
    </Dialog>
  )
}

function Doors({ acsCredentialId }: { acsCredentialId: string }) {
  const list = useList(
    '/acs/credentials/list_accessible_entrances',
    { acs_credential_id: acsCredentialId },
    entrancesOf,
    { paged: false },
  )
  return (
    <EntrancesTable
      label="Entrances"
      list={list}
      empty={
        <EmptyState title="Opens no door">Its user is in no access group, and it has no doors of its own.</EmptyState>
      }
    />
  )
}
