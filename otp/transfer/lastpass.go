package transfer

// LastPass Authenticator (.json).
//
//	{"version", "accounts":[{"issuerName", "originalIssuerName"?, "userName", "originalUserName"?, "secret": base32,
//	                         "timeStep", "digits", "algorithm", "isFavorite", "folderData"?:{"folderId"}}],
//	 "folders":[{"id", "name"}]}
//
// TOTP only.

import (
	"cmp"
	"context"
)

func isLastPass(in *input) bool {
	m, _ := firstMembers(in.object["accounts"])
	return hasAll(m, []string{"secret", "timeStep"}) || in.has("accounts", "folders", "localDeviceId")
}

func readLastPass(_ context.Context, in *input, f *File) error {
	var head struct {
		Version text
		Folders []struct {
			ID   text
			Name string
		}
	}
	if err := decode(in.data, &head); err != nil {
		return err
	}
	f.Version = string(head.Version)
	folders := map[text]string{}
	for _, folder := range head.Folders {
		folders[folder.ID] = folder.Name
	}
	type account struct {
		IssuerName, OriginalIssuerName, UserName, OriginalUserName string
		Secret, Algorithm                                          string
		TimeStep, Digits                                           text
		IsFavorite                                                 bool
		FolderData                                                 struct{ FolderID text }
	}
	return each(in, f, in.object["accounts"], func(i int, a account) {
		p := params{
			issuer: cmp.Or(a.IssuerName, a.OriginalIssuerName), account: cmp.Or(a.UserName, a.OriginalUserName), secret: a.Secret, algorithm: a.Algorithm,
			digits: string(a.Digits), period: string(a.TimeStep),
		}
		f.take(i, p, Entry{Favorite: a.IsFavorite, Tags: []string{folders[a.FolderData.FolderID]}})
	})
}
