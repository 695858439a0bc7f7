package io.robusttrain.app;

import picocli.CommandLine.IVersionProvider;

/** The version in the application jar's manifest. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    String version = Version.class.getPackage().getImplementationVersion();
    return new String[] {"RobustTrain " + (version == null ? "(not packaged)" : version)};
  }
}
