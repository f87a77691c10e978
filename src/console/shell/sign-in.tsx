import { call } from '../api/client.ts'
import { beSignedIn } from '../api/session.ts'
import { TextField } from '../kit/fields.tsx'
import { ActionForm, textOf } from '../kit/form.tsx'
import { Door } from './door.tsx'

/** The address stays as it is: whoever followed a link lands there once signed in. */
export function SignIn() {
  return (
    <Door title="Sign in">
      <ActionForm
        submitLabel="Sign in"
        onSubmit={async (values) => {
          const password = values.get('password')
          const { console_session } = await call('/console/sessions/create', {
            email_address: textOf(values, 'email_address') ?? '',
            password: typeof password === 'string' ? password : '',
          })
          beSignedIn(console_session)
        }}
      >
        <TextField
          label="E-mail address"
          name="email_address"
          type="email"
          autoComplete="username"
          isRequired
          autoFocus
        />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" isRequired />
      </ActionForm>
    </Door>
  )
}
