// Who plays in which pane: account and person of the three panes, worked out from the world and the user's choices.

const ROLES = { telegram: "customer", whatsapp: "customer", owner: "admin" };

const onChannel = (accounts, channel) => accounts.find((account) => account.channel === channel);

/** The accounts of one tenant; an admin account without a tenant serves all of them. */
function accountsFor(world, tenant, role) {
  const ours = world.accounts.filter((account) => account.role === role);
  const exact = ours.filter((account) => account.tenant === tenant);
  return exact.length || role !== "admin" ? exact : ours.filter((account) => !account.tenant);
}

export function peopleFor(world, tenant, role) {
  const wanted = world.people.filter((person) => (person.role === "owner") === (role === "admin"));
  const ours = wanted.filter((person) => person.tenant === tenant);
  return ours.length ? ours : wanted.filter((person) => !person.tenant);
}

/** {account, channels, person, people, key} of a pane: "telegram", "whatsapp" or "owner"; account null when there is none. */
export function castPane(pane, { world, tenant, ownerChannel, persons }) {
  const role = ROLES[pane];
  const accounts = accountsFor(world, tenant, role);
  const channels = accounts.map((account) => account.channel);
  const channel = pane === "owner" ? (channels.includes(ownerChannel) ? ownerChannel : (channels[0] ?? ownerChannel)) : pane;
  const account = onChannel(accounts, channel) ?? null;
  const people = peopleFor(world, tenant, role);
  const person = people.find((each) => each.id === persons[role]) ?? people[0] ?? null;
  const key = account && person ? `${account.key_prefix.replace(/:$/, "")}:${person.id}` : null;
  return { pane, role, channel, channels, account, people, person, key };
}
