package io.robusttrain.checkpoint;

/** On the local disk, with commit files. */
class LocalCommitFileContractTest extends LocalStoreContractTest {
  @Override
  CommitProtocol protocol() {
    return CommitProtocol.COMMIT_FILE;
  }
}
