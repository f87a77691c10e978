// Tells the page around it how the login went, and closes the window. Everything else works without it.
;(() => {
  const told = document.querySelector('meta[name="connect-event"]')
  if (told !== null && window.parent !== window) {
    const event = JSON.parse(told.content)
    let isNew = true
    try {
      // Reloaded, the page does not tell the same again.
      isNew = sessionStorage.getItem('connect-event') !== event.event_id
      sessionStorage.setItem('connect-event', event.event_id)
    } catch {
      // A frame may have no storage.
    }
    if (isNew) window.parent.postMessage({ event }, '*')
  }

  document.addEventListener('DOMContentLoaded', () => {
    for (const button of document.querySelectorAll('[data-close]')) button.hidden = false
  })
  document.addEventListener('click', (click) => {
    if (!(click.target instanceof Element) || click.target.closest('[data-close]') === null) return
    window.close()
    const note = document.querySelector('[data-closed]')
    if (note !== null) note.hidden = false
  })

  // A second press while the first is under way is none.
  document.addEventListener('submit', (submit) => {
    const form = submit.target
    if (form.method !== 'post') return
    if (form.dataset.sent !== undefined) return submit.preventDefault()
    form.dataset.sent = ''
    const status = form.querySelector('[role="status"]')
    if (status !== null) status.textContent = status.dataset.sending
  })
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
  })
})()
