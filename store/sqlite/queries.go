package sqlite

// queries returns every statement that transactions use, to be prepared.
func queries() []string {
	return []string{
		lockForWriting,
		getEpisodes, newestEpisodes, createEpisodes, replaceSame, replaceEpisode, dueEpisodes, nextWake,
		listEpisodes, listState, listOpen, listService, listBoth,
		rewindEpisodes, quarantineEpisode, countOpen, countAll,
		appendEntries, readEntries,
		enqueue, lanes, nextReady, readClaimable, claim, removeClaimed, retryClaimed, cancelAll, cancelOne,
		addRevision, latestRevision, getRevision, revisionAt,
		getValue, setValue, removeValue,
	}
}
