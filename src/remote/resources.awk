# Reads a SageMaker container's resourceconfig.json, which is any JSON text with an object at its top. Out: a line each of `current HOST`,
# `interface NAME` and `host HOST`, as far as they are there; hosts in the order of their numbers (algo-2 before algo-10).

{ json = json $0 "\n" }

END {
  size = length(json)
  for (i = 1; i <= size; i++) {
    c = substr(json, i, 1)
    if (c == "\"") word()
    else if (c == "{" || c == "[") { depth++; if (depth == 2) within = key }
    else if (c == "}" || c == "]") { depth--; if (depth == 1) within = "" }
    else if (c == ",") { if (depth == 1) key = "" }
  }
  if (current != "") print "current " current
  if (interface != "") print "interface " interface
  # Few, and nearly in order.
  for (i = 2; i <= count; i++)
    for (k = i; k > 1 && after(hosts[k - 1], hosts[k]); k--) { swap = hosts[k]; hosts[k] = hosts[k - 1]; hosts[k - 1] = swap }
  for (i = 1; i <= count; i++) print "host " hosts[i]
}

# word(): a string, whose first quote is at i. Names of hosts have no escapes; what has some is no host.
function word(text, rest) {
  text = ""
  for (i++; i <= size; i++) {
    c = substr(json, i, 1)
    if (c == "\\") { i++; text = text "?" }
    else if (c == "\"") break
    else text = text c
  }
  if (text !~ /^[A-Za-z0-9._-]*$/) text = ""
  if (depth == 1 && key == "") key = text
  else if (depth == 1 && key == "current_host") current = text
  else if (depth == 1 && key == "network_interface_name") interface = text
  else if (depth == 2 && within == "hosts" && text != "") hosts[++count] = text
}

function after(a, b, x, y) {
  x = a; y = b
  sub(/.*[^0-9]/, "", x); sub(/.*[^0-9]/, "", y)
  return x + 0 > y + 0
}
