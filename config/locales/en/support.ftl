support-title = Support
support-lead = Find a restaurant and send its owner a link.
support-query = Name, a member’s email, HubRise account or location
support-search = Search
support-nothing = Nothing matches “{ $query }”.
support-standing = Points of sale: { $all }, connected to HubRise: { $connected }
support-cut = There are more: search for something more precise.
