import type { UserIdentity } from '../../api/routes.ts'
import { TextField } from '../../kit/fields.tsx'
import { textOf } from '../../kit/form.tsx'

/** The fields of a person, empty or as they are. */
export function PersonFields({ person }: { person?: UserIdentity }) {
  return (
    <>
      <TextField label="Full name" name="full_name" defaultValue={person?.full_name ?? ''} autoFocus />
      <TextField
        label="E-mail address"
        name="email_address"
        type="email"
        defaultValue={person?.email_address ?? ''}
        hint="Links the users that access systems have with this address."
      />
      <TextField
        label="Phone number"
        name="phone_number"
        type="tel"
        defaultValue={person?.phone_number ?? ''}
        hint="With the country’s code: +49 30 123456."
      />
      <TextField
        label="Key"
        name="user_identity_key"
        defaultValue={person?.user_identity_key ?? ''}
        hint="Your own id of this person, if there is one."
      />
    </>
  )
}

export function personOf(values: FormData) {
  return {
    full_name: textOf(values, 'full_name'),
    email_address: textOf(values, 'email_address'),
    phone_number: textOf(values, 'phone_number'),
    user_identity_key: textOf(values, 'user_identity_key'),
  }
}
