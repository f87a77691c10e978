import { call } from '../api/client.ts'
import { beSignedIn } from '../api/session.ts'
import { TextField } from '../kit/fields.tsx'
import { ActionForm, textOf } from '../kit/form.tsx'
import { BASE } from './address.ts'
import { Door } from './door.tsx'

export function AcceptInvitation({ token, onDone }: { token: string; onDone: () => void }) {
  return (
    <Door title="Join the team">
      <p>Choose a password for your account. The invitation can be used once.</p>
      <ActionForm
        submitLabel="Join"
        onSubmit={async (values) => {
          const password = values.get('password')
          const { console_session } = await call('/console/users/accept_invitation', {
            invitation_token: token,
            full_name: textOf(values, 'full_name') ?? '',
            password: typeof password === 'string' ? password : '',
          })
          // The token is used up, and belongs neither in the history nor in a bookmark.
          window.history.replaceState(null, '', `${BASE}/`)
          beSignedIn(console_session)
          onDone()
        }}
      >
        <TextField label="Full name" name="full_name" autoComplete="name" isRequired autoFocus />
        <TextField label="Password" name="password" type="password" autoComplete="new-password" isRequired />
      </ActionForm>
    </Door>
  )
}
