// Staff beside the first person, and their sessions at desks of their own.
import assert from 'node:assert/strict';
import { PASSWORD } from './station.js';

/** Enrols somebody with these roles, and gives the bearer token of their session. */
export async function enrol(shop, name, roles, limits = null) {
  const request = {
    change: 'enrol_person',
    name,
    password: PASSWORD,
    roles,
    limits,
  };
  const enrolled = await shop.ask('command', {
    command: { command: 'propose_change', request, why: null },
  });
  assert.equal(enrolled.status, 200, JSON.stringify(enrolled.json));
  const { people } = await shop.query({ query: 'session' });
  const person = people.find((one) => one.name === name).id;
  // At a desk of their own: with the first person's token they would take that person's chair.
  const own = await fetch(`${shop.desk}/api/command`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: shop.desk },
    body: JSON.stringify({
      command: { command: 'sign_in', person, password: PASSWORD },
    }),
  });
  return own.headers.get('countersign-session');
}
