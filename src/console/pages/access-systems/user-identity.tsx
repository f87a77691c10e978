import { Link2, Unlink } from 'lucide-react'
import { useState } from 'react'
import { useAnswer, useCommand, useList } from '../../api/queries.ts'
import type { AcsUser, UserIdentity } from '../../api/routes.ts'
import { Button, LinkButton } from '../../kit/button.tsx'
import { Confirm } from '../../kit/confirm.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Picker } from '../../kit/picker.tsx'
import { Facts, Section } from '../../kit/page.tsx'
import { Pills } from '../../kit/pills.tsx'
import { useLocalSearch } from '../../kit/search.ts'
import { toast } from '../../kit/toasts.ts'
import { personHref } from '../shared/links.ts'
import { identitiesOf, searched } from '../shared/lists.ts'

/** Who the user is beyond this access system. */
export function UserIdentitySection({ user }: { user: AcsUser }) {
  const { user_identity_id } = user
  const [isOpen, setOpen] = useState(false)
  const query = useAnswer('/user_identities/get', user_identity_id === undefined ? null : { user_identity_id })
  const identity = query.data?.user_identity
  if (user_identity_id === undefined) {
    return (
      <Section
        title="User identity"
        actions={
          <Button icon={Link2} onPress={() => setOpen(true)}>
            Link to user identity
          </Button>
        }
      >
        <p>Phones, mobile keys and access grants belong to a user identity. This user has none.</p>
        <LinkDialog user={user} isOpen={isOpen} onClose={() => setOpen(false)} />
      </Section>
    )
  }
  return (
    <Section
      title="User identity"
      actions={
        <Button icon={Unlink} onPress={() => setOpen(true)}>
          Unlink
        </Button>
      }
    >
      <Facts
        facts={[
          ['Name', identity?.display_name],
          ['E-mail address', identity?.email_address],
          ['Phone number', identity?.phone_number],
          ['Key', identity?.user_identity_key],
        ]}
      />
      <div>
        <LinkButton href={personHref(user_identity_id)}>Open the person’s page</LinkButton>
      </div>
      <UnlinkConfirm user={user} userIdentityId={user_identity_id} isOpen={isOpen} onClose={() => setOpen(false)} />
    </Section>
  )
}

interface DialogProps {
  user: AcsUser
  isOpen: boolean
  onClose: () => void
}

function UnlinkConfirm({ user, userIdentityId, isOpen, onClose }: DialogProps & { userIdentityId: string }) {
  const unlink = useCommand('/user_identities/remove_acs_user', ['acs_user', 'acs_credential'])
  return (
    <Confirm
      title="Unlink the user identity?"
      isOpen={isOpen}
      onClose={onClose}
      confirmLabel="Unlink"
      isDangerous
      onConfirm={async () => {
        await unlink.mutateAsync({ acs_user_id: user.acs_user_id, user_identity_id: userIdentityId })
        toast('Unlinked')
      }}
    >
      The person’s phones lose the mobile keys of this user. The user stays in the access system.
    </Confirm>
  )
}

function LinkDialog({ user, isOpen, onClose }: DialogProps) {
  const [way, setWay] = useState('existing')
  return (
    <Dialog title="Link to user identity" isOpen={isOpen} onClose={onClose}>
      <Pills
        label="Which user identity"
        options={[
          { id: 'existing', label: 'Choose' },
          { id: 'new', label: 'New user identity' },
        ]}
        value={way}
        onChange={setWay}
      />
      {way === 'existing' ? <LinkExisting user={user} onClose={onClose} /> : <LinkNew user={user} onClose={onClose} />}
    </Dialog>
  )
}

const contactOf = (identity: UserIdentity): string | undefined =>
  identity.email_address ?? identity.phone_number ?? identity.user_identity_key ?? undefined

function LinkExisting({ user, onClose }: Omit<DialogProps, 'isOpen'>) {
  const link = useCommand('/user_identities/add_acs_user', ['acs_user', 'acs_credential'])
  const [chosen, setChosen] = useState<string[]>([])
  const search = useLocalSearch()
  const list = useList('/user_identities/list', searched(search.settled), identitiesOf)
  return (
    <ActionForm
      submitLabel="Link"
      isDisabled={chosen.length === 0}
      onCancel={onClose}
      onSubmit={async () => {
        await link.mutateAsync({
          user_identity_id: chosen[0],
          acs_user_id: user.acs_user_id,
        })
        toast('Linked')
        onClose()
      }}
    >
      <Picker
        label="User identities"
        list={list}
        search={{ ...search, label: 'Search people' }}
        rowId={(identity) => identity.user_identity_id}
        rowName={(identity) => identity.display_name}
        rowHint={contactOf}
        chosen={chosen}
        onChoose={setChosen}
        none="There are no people yet: make a new user identity."
      />
    </ActionForm>
  )
}

function LinkNew({ user, onClose }: Omit<DialogProps, 'isOpen'>) {
  const create = useCommand('/user_identities/create')
  const link = useCommand('/user_identities/add_acs_user', ['acs_user', 'acs_credential'])
  // Made once: when linking fails, the next try links the same one.
  const [madeId, setMadeId] = useState<string | null>(null)
  return (
    <ActionForm
      submitLabel="Create and link"
      onCancel={onClose}
      onSubmit={async (values) => {
        const user_identity_id =
          madeId ??
          (
            await create.mutateAsync({
              full_name: textOf(values, 'full_name'),
              email_address: textOf(values, 'email_address'),
              phone_number: textOf(values, 'phone_number'),
              user_identity_key: textOf(values, 'user_identity_key'),
            })
          ).user_identity.user_identity_id
        setMadeId(user_identity_id)
        await link.mutateAsync({
          user_identity_id,
          acs_user_id: user.acs_user_id,
        })
        toast('Created and linked')
        onClose()
      }}
    >
      <TextField label="Full name" name="full_name" defaultValue={user.full_name ?? ''} />
      <TextField label="E-mail address" name="email_address" type="email" defaultValue={user.email_address ?? ''} />
      <TextField label="Phone number" name="phone_number" type="tel" defaultValue={user.phone_number ?? ''} />
      <TextField label="Key" name="user_identity_key" hint="Your own id of this person, if there is one." />
    </ActionForm>
  )
}
